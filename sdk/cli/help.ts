import { type Command, COMMON, type Option } from './command.ts'

/** Columns of a help text. */
const WIDTH = 100
/** Columns of the longest option that has its text beside it. */
const LONGEST = 22

export const EXIT_CODES: readonly (readonly [code: number, means: string])[] = [
  [0, 'done; what goes on until Ctrl+C was ended by it'],
  [1, 'failed: standard error says why, in a sentence'],
  [2, 'the command line is wrong'],
  [130, 'interrupted before it was done'],
]

export function programHelp(commands: readonly Command[]): string {
  return `edgeswarm publishes what an app ships, and fetches it: from peers first, from an origin where they lack
something, checked against the publisher's signature.

${table(commands.map(({ name, says }) => [name, says]))}

edgeswarm <command> --help tells of one of them, with examples; edgeswarm --version which version this is.
Every command takes --json (one JSON object a line, for programs) and --verbose.

In a minute, on this machine:
${examples([
  ['dev', 'a tracker of your own; the rest in another terminal'],
  ['publish ./dist --version 1.0.0 --tracker http://localhost:8787', 'prints a link and shares the folder'],
  ['get <link> ./app', 'fetches it, as anyone can who has the link'],
])}

Exit codes:
${exitCodes()}`
}

export function commandHelp(command: Command): string {
  const { name, takes, explains, options } = command
  return [
    `edgeswarm ${`${name} ${takes}`.trim()}${Object.keys(options).length > 0 ? ' [options]' : ''}`,
    ...explains.map((paragraph) => fold(paragraph, WIDTH).join('\n')),
    `Options:\n${table(Object.entries({ ...options, ...COMMON }).map(([option, says]) => optionRow(option, says)))}`,
    `Examples:\n${examples(command.examples)}`,
    `Exit codes:\n${exitCodes()}`,
  ].join('\n\n')
}

const exitCodes = (): string => table(EXIT_CODES.map(([code, means]) => [`${code}`, means]))

const optionRow = (name: string, { value, short, says, isMany }: Option): readonly [string, string] => [
  `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`,
  isMany ? `${says}; may be given again` : says,
]

const examples = (lines: readonly (readonly [string, string])[]): string =>
  lines.map(([line, does]) => `  edgeswarm ${line}\n      ${does}`).join('\n')

/** Two columns, the second folded. */
function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.min(LONGEST, Math.max(...rows.map(([left]) => left.length)))
  return rows
    .map(([left, right]) => {
      const [first = '', ...more] = fold(right, WIDTH - width - 4)
      const indent = `\n${' '.repeat(width + 4)}`
      const start = left.length > width ? `  ${left}${indent}${first}` : `  ${left.padEnd(width)}  ${first}`
      return [start, ...more].join(indent)
    })
    .join('\n')
}

function fold(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
