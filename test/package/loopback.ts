import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
}

/** Files of a folder on a free port of loopback. */
export interface Loopback extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`, without a slash at its end. */
  readonly url: string
}

/**
 * @param folder what is served
 * @param pages served before the folder is looked at: HTML by path
 */
export async function serveFolder(folder: string, pages: Readonly<Record<string, string>> = {}): Promise<Loopback> {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://page').pathname)
    const name = path.endsWith('/') ? `${path}index.html` : path
    const page = pages[path]
    const content = page === undefined ? readFile(join(folder, name)) : Promise.resolve(page)
    content.then(
      (body) =>
        response.writeHead(200, { 'content-type': TYPES[page === undefined ? extname(name) : '.html'] }).end(body),
      () => response.writeHead(404).end(),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A page that runs a module and nothing else. */
export const pageOf = (script: string): string =>
  `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>app</title><script type="module">${script}</script>`
