import type { Output } from './output.ts'

/** An option of a command, as it is shown and read. */
export interface Option {
  /** What stands for its value in a help text; an option without a value has none. */
  readonly value?: string
  /** A letter that stands for it too. */
  readonly short?: string
  /** Whether it may be given more than once. */
  readonly isMany?: true
  readonly says: string
}

/** What is given to a command after its name. */
export interface Given {
  readonly words: readonly string[]
  has(option: string): boolean
  /** The value of an option; `undefined` if it was not given. */
  get(option: string): string | undefined
  getAll(option: string): readonly string[]
}

/** What a command works with. */
export interface Context {
  readonly given: Given
  readonly output: Output
  /** Aborted when the user wants to end it. */
  readonly signal: AbortSignal
  readonly environment: Readonly<Record<string, string | undefined>>
}

export interface Command {
  readonly name: string
  /** In one line, for the list of commands. */
  readonly says: string
  /** What stands after the name: `<link> <directory>`. */
  readonly takes: string
  /** How many words that may be, at least and at most. */
  readonly words: readonly [least: number, most: number]
  /** What else there is to know, in paragraphs. */
  readonly explains: readonly string[]
  readonly options: Readonly<Record<string, Option>>
  /** Command lines without the name of the program, and what each does. */
  readonly examples: readonly (readonly [line: string, does: string])[]
  /** Settles when it is done. */
  run(context: Context): Promise<void>
}

/** Options that every command has. */
export const COMMON: Readonly<Record<string, Option>> = {
  json: { says: 'one JSON object a line on standard output, and nothing else there' },
  verbose: { says: 'where an error comes from, too' },
  help: { short: 'h', says: 'this text' },
}

/** The option of all commands that ask a tracker. */
export const TRACKER: Option = {
  value: 'URL',
  says: 'the tracker, such as https://tracker.example.com (else the variable EDGESWARM_TRACKER)',
}
