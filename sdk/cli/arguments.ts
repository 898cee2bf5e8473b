import { parseArgs } from 'node:util'
import { type Command, COMMON, type Given, type Option } from './command.ts'
import { suggestion } from './nearest.ts'
import { UsageError } from './usage-error.ts'

/**
 * Reads what stands after a command's name.
 *
 * @throws {UsageError}
 */
export function parseArguments(command: Command, parameters: readonly string[]): Given {
  const options: Readonly<Record<string, Option>> = { ...command.options, ...COMMON }
  const { tokens } = parseArgs({
    args: [...parameters],
    options: Object.fromEntries(Object.entries(options).map(([name, option]) => [name, typeOf(option)])),
    allowPositionals: true,
    // Its errors don't say what to write instead.
    strict: false,
    tokens: true,
  })
  const words: string[] = []
  const values = new Map<string, string[]>()
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value)
    if (token.kind !== 'option') continue
    const value = valueOf(token, options)
    values.set(token.name, [...(values.get(token.name) ?? []), value])
  }
  for (const [name, given] of values) {
    if (given.length > 1 && options[name]?.value !== undefined && !options[name].isMany) {
      throw new UsageError(`--${name} may be given once.`)
    }
  }
  // Who asks for help need not know what else is needed.
  if (!values.has('help')) checkWords(command, words)
  return {
    words,
    has: (name) => values.has(name),
    get: (name) => values.get(name)?.[0],
    getAll: (name) => values.get(name) ?? [],
  }
}

const typeOf = ({ value, short }: Option) => ({
  type: value === undefined ? ('boolean' as const) : ('string' as const),
  multiple: true as const,
  ...(short !== undefined && { short }),
})

interface OptionToken {
  readonly name: string
  /** As it was written. */
  readonly rawName: string
  readonly value?: string | undefined
  /** Whether the value came with it: `--name=value`. */
  readonly inlineValue?: boolean | undefined
}

function valueOf(
  { name, rawName, value, inlineValue }: OptionToken,
  options: Readonly<Record<string, Option>>,
): string {
  const option = Object.hasOwn(options, name) ? options[name] : undefined
  if (!option) {
    const names = Object.keys(options).map((known) => `--${known}`)
    throw new UsageError(`There is no option ${rawName}.${suggestion(rawName, names)}`)
  }
  if (option.value === undefined) {
    if (value !== undefined) throw new UsageError(`${rawName} takes no value.`)
    return ''
  }
  // What looks like the next option is no value: it was forgotten.
  if (value === undefined || value === '' || (inlineValue !== true && /^--?[a-z]/i.test(value))) {
    throw new UsageError(`${rawName} needs a value: ${rawName} ${option.value}`)
  }
  return value
}

function checkWords({ name, takes, words: [least, most] }: Command, words: readonly string[]): void {
  if (words.length >= least && words.length <= most) return
  const problem = words.length < least ? 'Something is missing' : `"${words[most] ?? ''}" is too much`
  throw new UsageError(`${problem}: edgeswarm ${`${name} ${takes}`.trim()}`)
}
