import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

/** Runs a program of the bench to its end, in a process of its own; the last line of its output is what it found, as JSON. */
export async function found(program: URL, parameters: readonly string[] = []): Promise<unknown> {
  const child = spawn(process.execPath, [program.pathname, ...parameters], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit') as Promise<[number | null]>])
  if (code !== 0) throw new Error(`${program.pathname} failed.`)
  return JSON.parse(output.trim().split('\n').at(-1) ?? '')
}
