import { type Identity, join, type Mesh } from 'edgeswarm'
import { type Decision, type Offer, roomApp } from '../chat/app.ts'
import { askForHistory, History } from '../chat/history.ts'
import { reportMesh } from '../chat/mesh/reporter.ts'
import {
  type Message,
  nameOf,
  newMessage,
  type Profile,
  readMessage,
  swarmOf,
  TOPIC,
  withSaneTime,
} from '../chat/protocol.ts'
import { answerTo, greeting } from './answers.ts'

/** Who comes within so many milliseconds is greeted in one message: all who are there, when the bot is the newcomer. */
const GREET_AFTER = 500

/** One bot of those that a process runs. */
export interface Bot {
  readonly tracker: string
  readonly room: string
  readonly name: string
  readonly identity: Identity
  /** Answers to whoever asks; of several bots one does. */
  readonly isFirst: boolean
  /** Whether it greets a peer that comes. */
  readonly greets: (peer: string) => boolean
  readonly takeFile: (offer: Offer) => Promise<Decision>
}

/**
 * The bot enters the room, and does what it does until the mesh is left.
 *
 * @param log is told what happens, for whoever runs the bot
 */
export async function enterRoom(bot: Bot, log: (line: string) => void): Promise<Mesh<Profile>> {
  const { tracker, room, name, identity, isFirst } = bot
  const mesh = await join<Profile>(swarmOf(room), { tracker, identity, metadata: { name } })
  const history = new History()
  const say = async (text: string) => {
    const message = newMessage(name, text)
    history.add([message])
    try {
      await mesh.topic<Message>(TOPIC).publish(message)
    } catch (error) {
      log(`Not everyone got my message: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  const keep = ({ data }: { readonly data: unknown }) => {
    const message = readMessage(data)
    if (message) history.add([withSaneTime(message, Date.now())])
  }
  mesh.topic(TOPIC).subscribe(keep, { history: true })
  // What was asked before the bot came is not for it to answer.
  mesh.topic(TOPIC).subscribe(({ from, data }) => {
    const message = readMessage(data)
    if (!message) return
    const others = [...mesh.peers.values()].map(nameOf)
    const roundTrip = mesh.peers.get(from)?.roundTrip ?? null
    const surroundings = { name: message.name, ownName: name, others, roundTrip, now: new Date() }
    const answer = answerTo(message.text, surroundings, isFirst)
    if (answer !== null) void say(answer)
  })
  const app = roomApp(history, bot.takeFile)
  mesh.serve((request, context) => app.fetch(request, context))
  askForHistory(mesh, (messages) => {
    history.add(messages)
  })
  greetNewcomers(mesh, bot.greets, say)
  reportMesh(mesh)
  mesh.on('tracker', ({ problem }) => {
    if (problem !== null && isFirst) log(`The tracker does not answer (${problem}); I keep trying.`)
  })
  return mesh
}

function greetNewcomers(
  mesh: Mesh<Profile>,
  greets: (peer: string) => boolean,
  say: (text: string) => Promise<void>,
): void {
  let newcomers: string[] = []
  let timer: ReturnType<typeof setTimeout> | undefined
  mesh.on('join', ({ id }) => {
    // Of a large room only some are known, and who becomes known has not come just now.
    if (!greets(id) || !mesh.presence.isExact) return
    newcomers.push(id)
    timer ??= setTimeout(() => {
      // Those that are still there, by the names that they have by now.
      const here = newcomers.flatMap((newcomer) => mesh.peers.get(newcomer) ?? [])
      newcomers = []
      timer = undefined
      if (here.length > 0) void say(greeting([...new Set(here.map(nameOf))]))
    }, GREET_AFTER)
  })
  mesh.on('close', () => {
    clearTimeout(timer)
  })
}
