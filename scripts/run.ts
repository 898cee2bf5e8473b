import { spawn } from 'node:child_process'
import { once } from 'node:events'

/**
 * Runs a program of node_modules/.bin to its end, its output shown, and ends it when we are to end.
 *
 * @returns its exit code
 */
export async function run(program: string, parameters: readonly string[], environment = {}): Promise<number> {
  const child = spawn(program, parameters, {
    stdio: 'inherit',
    shell: process.platform === 'win32',
    // wrangler asks and tells nothing on its own: no questions, no usage statistics, no update check.
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_CF_FETCH_ENABLED: 'false', ...environment },
  })
  // Always as Ctrl+C does: at a SIGTERM workerd waits for open connections, and those of peers stay open.
  const pass = () => child.kill('SIGINT')
  process.on('SIGINT', pass).on('SIGTERM', pass)
  const [code] = (await once(child, 'exit')) as [number | null]
  process.off('SIGINT', pass).off('SIGTERM', pass)
  return code ?? 1
}
