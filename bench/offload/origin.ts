import { createServer, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

/** Bytes that a connection gets at once. */
const CHUNK = 32_768

/** A server of one file, with ranges, that gives each connection no more than so many bytes a second. */
export interface SlowOrigin extends AsyncDisposable {
  /** `http://127.0.0.1:<port>/` */
  readonly url: string
  /** Bytes of the file that it has sent. */
  readonly sent: number
}

export async function startOrigin(file: Uint8Array, rate: number): Promise<SlowOrigin> {
  let sent = 0
  const server = createServer((request, response) => {
    const [, first = '0', last = ''] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? []
    const start = Number(first)
    const end = last === '' ? file.length : Math.min(file.length, Number(last) + 1)
    const isPart = request.headers.range !== undefined
    response.writeHead(isPart ? 206 : 200, {
      'content-length': end - start,
      'accept-ranges': 'bytes',
      ...(isPart && { 'content-range': `bytes ${start}-${end - 1}/${file.length}` }),
    })
    void send(response, file.subarray(start, end), rate, (bytes) => (sent += bytes))
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

async function send(response: ServerResponse, bytes: Uint8Array, rate: number, count: (bytes: number) => void) {
  let due = performance.now()
  for (let offset = 0; offset < bytes.length && !response.destroyed; offset += CHUNK) {
    const chunk = bytes.subarray(offset, offset + CHUNK)
    response.write(chunk)
    count(chunk.length)
    due += (1000 * chunk.length) / rate
    const wait = due - performance.now()
    if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait))
  }
  response.end()
}
