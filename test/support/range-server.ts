import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, normalize } from 'node:path'
import { pipeline } from 'node:stream/promises'

/** An HTTP server of a folder, with ranges, as the simplest of web seeds is. */
export interface RangeServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>/` */
  readonly url: string
  /** Bytes of files that it has sent. */
  readonly sent: number
}

export async function serveRanges(folder: string): Promise<RangeServer> {
  let sent = 0
  const server = createServer((request, response) => {
    const path = join(folder, normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname)))
    void stat(path).then(
      async ({ size }) => {
        const [, first = '0', last = ''] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? []
        const [start, end] = [Number(first), last === '' ? size - 1 : Math.min(size - 1, Number(last))]
        response.writeHead(206, {
          'content-length': end - start + 1,
          'content-range': `bytes ${start}-${end}/${size}`,
          'access-control-allow-origin': '*',
        })
        sent += end - start + 1
        await pipeline(createReadStream(path, { start, end }), response).catch(() => undefined)
      },
      () => response.writeHead(404).end(),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    get sent() {
      return sent
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
