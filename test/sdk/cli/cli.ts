import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect } from 'vitest'
import { temporaryFolder } from '../../support/folder.ts'

const ROOT = resolve(import.meta.dirname, '../../..')

/** Somebody's machine: a folder with keys and a cache of their own, which knows one tracker. */
export interface Machine extends AsyncDisposable {
  readonly path: string
  /** Starts the program with these parameters, in that folder. */
  start(...parameters: readonly string[]): CommandLine
  /** Runs it to its end. */
  run(...parameters: readonly string[]): Promise<Ended>
}

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly error: string
}

/** @param tracker its address; none if absent */
export async function openMachine(tracker?: string): Promise<Machine> {
  const folder = await temporaryFolder()
  const path = join(folder.path, 'home')
  await mkdir(path)
  const environment = {
    PATH: process.env['PATH'],
    HOME: path,
    EDGESWARM_KEYS: join(folder.path, 'keys'),
    XDG_CACHE_HOME: join(folder.path, 'cache'),
    ...(tracker !== undefined && { EDGESWARM_TRACKER: tracker }),
  }
  const started: CommandLine[] = []
  const start = (...parameters: readonly string[]) => {
    const program = new CommandLine(parameters, path, environment)
    started.push(program)
    return program
  }
  return {
    path,
    start,
    run: (...parameters) => start(...parameters).ended(),
    [Symbol.asyncDispose]: async () => {
      for (const program of started) await program[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

/** The real program, as a process. */
export class CommandLine implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #exit: Promise<number | null>
  #out = ''
  #error = ''

  constructor(parameters: readonly string[], cwd: string, env: NodeJS.ProcessEnv) {
    this.#child = spawn(process.execPath, [join(ROOT, 'sdk/cli/index.ts'), ...parameters], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    // Everything that it has written has come by then.
    this.#exit = once(this.#child, 'close').then(([code]) => code as number | null)
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.#out += chunk.toString()
      this.#child.emit('output')
    })
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#error += chunk.toString()
      this.#child.emit('output')
    })
  }

  /** Settles with the match once standard output, or standard error, has it; rejects with all of it if it ends before. */
  says(pattern: RegExp, where: 'out' | 'error' = 'out'): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(where === 'out' ? this.#out : this.#error)
        if (found) resolve(found)
        return found !== null
      }
      const onOutput = () => {
        if (look()) this.#child.off('output', onOutput)
      }
      this.#child.on('output', onOutput)
      if (look()) this.#child.off('output', onOutput)
      void this.#exit.then((code) => {
        if (!look()) reject(new Error(`It ended with ${code} and never said ${pattern}:\n${this.#out}${this.#error}`))
      })
    })
  }

  signal(name: 'SIGINT' | 'SIGTERM'): void {
    this.#child.kill(name)
  }

  async ended(): Promise<Ended> {
    const code = await this.#exit
    return { code, out: this.#out, error: this.#error }
  }

  /** Ended as the user does it. */
  async interrupted(): Promise<Ended> {
    this.signal('SIGINT')
    return this.ended()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exit
  }
}

/** The objects of what `--json` printed; throws if anything else is among it. */
export const notesIn = (out: string): Record<string, unknown>[] =>
  out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

/** `expect.stringContaining` and `expect.stringMatching`, as values that are not `any`. */
export const has = (text: string): unknown => expect.stringContaining(text)
export const like = (pattern: RegExp): unknown => expect.stringMatching(pattern)
