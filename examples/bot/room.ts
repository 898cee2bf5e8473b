import { join, type Mesh } from 'edgeswarm'
import { roomApp } from '../chat/app.ts'
import { askForHistory, History } from '../chat/history.ts'
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
import { fileTaker } from './files.ts'
import type { BotOptions } from './options.ts'

/** Who comes within so many milliseconds is greeted in one message: all who are there, when the bot is the newcomer. */
const GREET_AFTER = 500

/**
 * The bot enters the room, and does what it does until the mesh is left.
 *
 * @param log is told what happens, for whoever runs the bot
 */
export async function enterRoom(options: BotOptions, log: (line: string) => void): Promise<Mesh<Profile>> {
  const { tracker, room, name } = options
  const mesh = await join<Profile>(swarmOf(room), { tracker, metadata: { name } })
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
  mesh.topic(TOPIC).subscribe(({ from, data }) => {
    const message = readMessage(data)
    if (!message || history.add([withSaneTime(message, Date.now())]).length === 0) return
    const peer = mesh.peers.get(from)
    const others = [...mesh.peers.values()].map(nameOf)
    const answer = answerTo(message.text, {
      name: message.name,
      others,
      roundTrip: peer?.roundTrip ?? null,
      now: new Date(),
    })
    if (answer !== null) void say(answer)
  })
  const app = roomApp(
    history,
    fileTaker(options, (from, path) => {
      log(`${from} sent ${path}`)
    }),
  )
  mesh.serve((request, context) => app.fetch(request, context))
  askForHistory(mesh, (messages) => {
    history.add(messages)
  })
  greetNewcomers(mesh, say)
  mesh.on('tracker', ({ problem }) => {
    if (problem !== null) log(`The tracker does not answer (${problem}); I keep trying.`)
  })
  return mesh
}

function greetNewcomers(mesh: Mesh<Profile>, say: (text: string) => Promise<void>): void {
  let newcomers: string[] = []
  let timer: ReturnType<typeof setTimeout> | undefined
  mesh.on('join', ({ id }) => {
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
