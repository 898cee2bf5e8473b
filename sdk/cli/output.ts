import { printable } from './printable.ts'
import { type Progress, progressLine, progressText } from './progress.ts'

/** Where text goes: a terminal, a file or a pipe. */
export interface Stream {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  write(text: string): unknown
}

/** Something for programs to read. Its `type` says what it is. */
export type Note = Readonly<Record<string, unknown>> & { readonly type: string }

/** A line that is rewritten is so at most this often, in milliseconds: no eye sees more. */
const REWRITE_EVERY = 100
/** Lines of progress where nothing can be rewritten come this often, in milliseconds. A guess: a log stays readable. */
const LINE_EVERY = 5000
/** And as JSON, in milliseconds. */
const NOTE_EVERY = 1000
/** Of a terminal that does not tell its width, or says 0. */
const COLUMNS = 80

/**
 * What a person or a program gets to see: results on standard output, everything else on standard error; with `--json`
 * all of it as objects on standard output, one a line.
 */
export class Output {
  readonly #out: Stream
  readonly #error: Stream
  readonly isJson: boolean
  readonly #now: () => number
  /** Whether the last line of the terminal is one that is rewritten. */
  #isOpen = false
  #shownAt = -Infinity

  /** @param now milliseconds, of any clock that only goes forward */
  constructor(out: Stream, error: Stream, isJson: boolean, now: () => number) {
    this.#out = out
    this.#error = error
    this.isJson = isJson
    this.#now = now
  }

  /** What was asked for. */
  result(text: string, note: Note): void {
    this.#clear()
    this.#out.write(this.isJson ? lineOf(note) : `${printable(text)}\n`)
  }

  /** What happens meanwhile. */
  say(text: string, note: Note): void {
    this.#clear()
    if (this.isJson) this.#out.write(lineOf(note))
    else this.#error.write(`${printable(text)}\n`)
  }

  /** Something that may mend itself. */
  problem(text: string): void {
    this.say(text, { type: 'problem', message: text })
  }

  /** How far it has come: shown now and then, however often it is told. */
  progress(progress: Progress, note: Note): void {
    if (!this.#isDue()) return
    if (this.isJson) this.#out.write(lineOf(note))
    else if (this.#error.isTTY) this.#rewrite(progressLine(progress, this.#columns))
    else this.#error.write(`${printable(progressText(progress))}\n`)
  }

  /** How it stands, where there is no end to come to: on a terminal only, or as a note. */
  status(text: string, note: Note): void {
    if (!this.isJson && !this.#error.isTTY) return
    if (!this.#isDue()) return
    if (this.isJson) this.#out.write(lineOf(note))
    else this.#rewrite(text.slice(0, this.#columns - 1))
  }

  /** Why the program ends, for people on standard error and for programs on standard output. */
  failure(text: string, note: Note): void {
    this.#clear()
    if (this.isJson) this.#out.write(lineOf(note))
    this.#error.write(`${printable(text)}\n`)
  }

  /** Leaves the terminal as it should be. */
  close(): void {
    this.#clear()
  }

  get #columns(): number {
    const { columns = 0 } = this.#error
    return columns > 0 ? columns : COLUMNS
  }

  #isDue(): boolean {
    const every = this.isJson ? NOTE_EVERY : this.#error.isTTY ? REWRITE_EVERY : LINE_EVERY
    const now = this.#now()
    if (now - this.#shownAt < every) return false
    this.#shownAt = now
    return true
  }

  #rewrite(line: string): void {
    // ECMA-48: to the first column, and erase what was there.
    this.#error.write(`\r\u001b[2K${printable(line)}`)
    this.#isOpen = true
  }

  #clear(): void {
    if (this.#isOpen) this.#error.write('\r\u001b[2K')
    this.#isOpen = false
    // What comes next is shown at once: the line was taken away from it.
    if (this.#error.isTTY) this.#shownAt = -Infinity
  }
}

const lineOf = (note: Note): string => `${JSON.stringify(note)}\n`
