// A peer of the chat that runs in Node, or many: node examples/bot/bot.ts --help
import { createIdentity, EdgeswarmError, type Mesh } from 'edgeswarm'
import type { Profile } from '../chat/protocol.ts'
import { fileTaker } from './files.ts'
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

async function enter(chosen: BotOptions): Promise<readonly Mesh<Profile>[]> {
  const { tracker, room, name, count, isQuiet } = chosen
  const takeFile = fileTaker(chosen, (from, path) => {
    log(`${from} sent ${path}`)
  })
  const identities = await Promise.all(Array.from({ length: count }, () => createIdentity()))
  const own = new Set(identities.map(({ id }) => id))
  const bots = identities.map((identity, index) => {
    const isFirst = index === 0
    const greets = (peer: string) => isFirst && !isQuiet && !own.has(peer)
    return { tracker, room, name: count === 1 ? name : `${name} ${index + 1}`, identity, isFirst, greets, takeFile }
  })
  try {
    return await Promise.all(bots.map((bot) => enterRoom(bot, log)))
  } catch (error) {
    if (!(error instanceof EdgeswarmError)) throw error
    console.error(explain(error, chosen))
    process.exit(1)
  }
}

function explain({ code, message }: EdgeswarmError, { tracker }: BotOptions): string {
  if (code !== 'ERR_TRACKER' && code !== 'ERR_TIMEOUT') return message
  return `No tracker answers at ${tracker}. Start one with npm start, or name another with --tracker.`
}

const chosen = options()
const meshes = await enter(chosen)
const { name, room, count } = chosen
log(
  count === 1
    ? `${name} is in the room ${room}. Ctrl+C makes it leave.`
    : `${name} 1 to ${count} are in the room ${room}. Ctrl+C makes them leave.`,
)
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    // At a second signal the process ends at once.
    void Promise.all(meshes.map((mesh) => mesh.leave())).then(() => {
      log('Left.')
      // Everyone has been told goodbye; a tracker that is slow to close its socket need not be waited for.
      process.exit(0)
    })
  })
}
