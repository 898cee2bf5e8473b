import { parseArgs } from 'node:util'
import { DEFAULT_ROOM, MAX_NAME, readName, readRoom } from '../chat/protocol.ts'

export const HELP = `A bot for the chat page: it greets who comes, answers questions, and keeps the conversation for newcomers.

  node examples/bot/bot.ts --tracker http://localhost:8787 [options]

  --tracker ADDRESS  where the room meets: the address of the tracker that serves /chat
  --room NAME        what stands after the # in the page's address (default ${DEFAULT_ROOM})
  --name NAME        what the bot is called (default Bot)
  --count NUMBER     so many bots at once, each a peer of its own: Bot 1, Bot 2, … (default 1, at most 200); only the
                     first greets and answers, but to !roll all do
  --quiet            greets nobody
  --save FOLDER      takes the files that are sent to it, and keeps them there; without this it declines them
  --limit MB         the largest file that it takes, in megabytes (default 100)
  --help             this text

In the room, !help lists what it answers. Ctrl+C makes it leave.`

export interface BotOptions {
  readonly tracker: string
  readonly room: string
  readonly name: string
  /** How many bots run. */
  readonly count: number
  readonly isQuiet: boolean
  /** Where files go; `null` if none are taken. */
  readonly save: string | null
  /** Of one file, in bytes. */
  readonly limit: number
}

/** Bots of one process. A guess: what a machine takes. */
const MAX_COUNT = 200

/** What is wrong with the parameters, in a sentence. */
export class OptionsError extends Error {}

/** @returns `'help'` if that is what was asked for */
export function parseOptions(parameters: readonly string[]): BotOptions | 'help' {
  const { tracker, room, name, count, quiet, save, limit, help } = parse(parameters)
  if (help) return 'help'
  if (tracker === undefined) throw new OptionsError('Which tracker? For example: --tracker http://localhost:8787')
  if (!URL.canParse(tracker) || !/^(?:https?|wss?):/.test(tracker)) {
    throw new OptionsError(`--tracker must be an address such as http://localhost:8787, and this is ${tracker}.`)
  }
  const cleanedName = readName(name)
  if (cleanedName === null) throw new OptionsError(`--name must have 1 to ${MAX_NAME} characters.`)
  const bots = Number(count)
  if (!Number.isInteger(bots) || bots < 1 || bots > MAX_COUNT) {
    throw new OptionsError(`--count must be a number from 1 to ${MAX_COUNT}, and this is ${count}.`)
  }
  const megabytes = Number(limit)
  if (!(megabytes > 0)) throw new OptionsError(`--limit must be a number of megabytes above 0, and this is ${limit}.`)
  return {
    tracker,
    room: readRoom(room),
    name: cleanedName,
    count: bots,
    isQuiet: quiet,
    save: save ?? null,
    limit: megabytes * 1_000_000,
  }
}

function parse(parameters: readonly string[]) {
  try {
    return parseArgs({
      args: [...parameters],
      options: {
        tracker: { type: 'string' },
        room: { type: 'string', default: DEFAULT_ROOM },
        name: { type: 'string', default: 'Bot' },
        count: { type: 'string', default: '1' },
        quiet: { type: 'boolean', default: false },
        save: { type: 'string' },
        limit: { type: 'string', default: '100' },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    throw new OptionsError(error instanceof Error ? error.message : String(error))
  }
}
