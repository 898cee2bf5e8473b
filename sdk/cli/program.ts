import { inspect } from 'node:util'
import { EdgeswarmError } from '../error.ts'
import { ContentError } from '../content/error.ts'
import { parseArguments } from './arguments.ts'
import type { Command, Context } from './command.ts'
import { dev } from './commands/dev.ts'
import { get } from './commands/get.ts'
import { inspect as inspectCommand } from './commands/inspect.ts'
import { keys } from './commands/keys.ts'
import { publish } from './commands/publish.ts'
import { search } from './commands/search.ts'
import { seed } from './commands/seed.ts'
import { stats } from './commands/stats.ts'
import { commandHelp, programHelp } from './help.ts'
import { INTERRUPTED } from './interrupt.ts'
import { suggestion } from './nearest.ts'
import { readPackage } from './package.ts'
import { UsageError } from './usage-error.ts'

const COMMANDS: readonly Command[] = [publish, get, seed, keys, inspectCommand, search, stats, dev]

/**
 * Does what a command line says.
 *
 * @param parameters without the names of Node and the program
 * @returns the exit code
 */
export async function runProgram(
  parameters: readonly string[],
  context: Pick<Context, 'output' | 'signal' | 'environment'>,
): Promise<number> {
  const { output, signal } = context
  try {
    await dispatch(parameters, context)
    return 0
  } catch (error) {
    if (isInterruption(error, signal)) {
      output.failure('Interrupted.', { type: 'error', code: 'ERR_INTERRUPTED', message: 'Interrupted.' })
      return INTERRUPTED
    }
    const text = parameters.includes('--verbose') ? inspect(error) : explain(error)
    output.failure(text, { type: 'error', code: codeOf(error), message: explain(error) })
    return error instanceof UsageError ? 2 : 1
  } finally {
    output.close()
  }
}

/** What was going on fails in its own way when it is interrupted; what a disk says is news all the same. */
const isInterruption = (error: unknown, signal: AbortSignal): boolean =>
  signal.aborted && !(error instanceof UsageError || error instanceof ContentError)

async function dispatch(
  [name, ...rest]: readonly string[],
  context: Pick<Context, 'output' | 'signal' | 'environment'>,
): Promise<void> {
  const { output } = context
  if (name === '--version' || name === '-V') {
    const { version } = await readPackage()
    output.result(version, { type: 'version', version })
  } else if (name === '--help' || name === '-h' || (name === 'help' && rest.length === 0)) {
    const text = programHelp(COMMANDS)
    output.result(text, { type: 'help', text })
  } else if (name === 'help') help(commandOf(rest[0]), context)
  else {
    const command = commandOf(name)
    const given = parseArguments(command, rest)
    if (given.has('help')) help(command, context)
    else await command.run({ ...context, given })
  }
}

function help(command: Command, { output }: Pick<Context, 'output'>): void {
  const text = commandHelp(command)
  output.result(text, { type: 'help', text })
}

function commandOf(name: string | undefined): Command {
  const command = COMMANDS.find((known) => known.name === name)
  if (command) return command
  const names = COMMANDS.map((known) => known.name)
  const list = `edgeswarm --help tells of all: ${names.join(', ')}.`
  if (name === undefined) throw new UsageError(`Which command? ${list}`)
  if (name.startsWith('-')) throw new UsageError(`The command comes first, and then options such as ${name}. ${list}`)
  throw new UsageError(`There is no command ${name}.${suggestion(name, names)} ${list}`)
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return `Something unexpected: ${String(error)}`
  if (error instanceof UsageError || error instanceof EdgeswarmError) return error.message
  if (error instanceof ContentError) return error.message
  return `Something unexpected: ${error.message} (--verbose tells where.)`
}

function codeOf(error: unknown): string {
  if (error instanceof UsageError) return 'ERR_USAGE'
  return error instanceof EdgeswarmError || error instanceof ContentError ? error.code : 'ERR_UNEXPECTED'
}
