import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** bittorrent-tracker's server on a free port. */
export async function startStockTracker(): Promise<AsyncDisposable & { readonly http: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../tracker/bittorrent-tracker.server.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const port = /port (\d+)/.exec(line.toString())?.[1] ?? ''
  return {
    http: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      const exit = once(child, 'exit')
      child.kill()
      await exit
    },
  }
}
