// A peer of the chat that runs in Node: node examples/bot/bot.ts --help
import { EdgeswarmError, type Mesh } from 'edgeswarm'
import type { Profile } from '../chat/protocol.ts'
import { type BotOptions, HELP, OptionsError, parseOptions } from './options.ts'
import { enterRoom } from './room.ts'

const log = (line: string): void => {
  console.log(line)
}

function options(): BotOptions {
  try {
    const parsed = parseOptions(process.argv.slice(2))
    if (parsed !== 'help') return parsed
    console.log(HELP)
    process.exit(0)
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error
    console.error(error.message)
    process.exit(2)
  }
}

async function enter(chosen: BotOptions): Promise<Mesh<Profile>> {
  try {
    return await enterRoom(chosen, log)
  } catch (error) {
    if (!(error instanceof EdgeswarmError)) throw error
    console.error(explain(error, chosen))
    process.exit(1)
  }
}

function explain({ code, message }: EdgeswarmError, { room, tracker }: BotOptions): string {
  if (code === 'ERR_FULL') return `The room ${room} is full. Choose another with --room.`
  if (code !== 'ERR_TRACKER' && code !== 'ERR_TIMEOUT') return message
  return `No tracker answers at ${tracker}. Start one with npm start, or name another with --tracker.`
}

const chosen = options()
const mesh = await enter(chosen)
log(`${chosen.name} is in the room ${chosen.room}. Ctrl+C makes it leave.`)
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    // At a second signal the process ends at once.
    void mesh.leave().then(() => {
      log('Left.')
      // Everyone has been told goodbye; a tracker that is slow to close its socket need not be waited for.
      process.exit(0)
    })
  })
}
