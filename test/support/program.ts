import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'

/** A program that a test runs, its output kept, and its end certain. */
export class Program implements AsyncDisposable {
  readonly #child: ChildProcess
  #output = ''

  constructor(command: string, parameters: readonly string[], environment: NodeJS.ProcessEnv = process.env) {
    // A group of its own, so that what it starts ends with it.
    this.#child = spawn(command, parameters, {
      detached: true,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#output += chunk.toString()
        this.#child.emit('output')
      })
    }
  }

  get output(): string {
    return this.#output
  }

  /** Settles when the output matches; rejects with all of the output if the program ends first. */
  says(pattern: RegExp): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (pattern.test(this.#output)) resolve()
        else if (this.#child.exitCode !== null) {
          reject(new Error(`The program ended without saying ${String(pattern)}:\n${this.#output}`))
        } else return
        this.#child.off('output', look).off('exit', look)
      }
      this.#child.on('output', look).on('exit', look)
      look()
    })
  }

  /** The exit code, once the program has ended by itself. */
  async ended(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit')
    return this.#child.exitCode
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { pid } = this.#child
    if (pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exit = once(this.#child, 'exit')
    process.kill(-pid, 'SIGTERM')
    const force = setTimeout(() => {
      process.kill(-pid, 'SIGKILL')
    }, 10_000)
    await exit
    clearTimeout(force)
  }
}

export const isInstalled = (command: string): boolean => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0
