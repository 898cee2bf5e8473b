import type { Mesh } from 'edgeswarm'
import { HISTORY_PATH, type Message, type Profile, readMessages } from './protocol.ts'

/** Messages that every peer keeps for newcomers. */
export const MAX_MESSAGES = 200
/** Peers that a newcomer asks: what one has missed the other has. */
const ASKED = 2
/** Peers that it asks before it gives up, if they do not answer. A guess. */
const MAX_ASKED = 6
/** Bytes of a history that are read: more than the longest one has. */
const MAX_BYTES = 8_000_000
const ANSWER_WITHIN = 10_000

/** Puts both in order of time, each message once: the one that was known first. The oldest of too many go. */
export function mergeMessages(known: readonly Message[], more: readonly Message[]): Message[] {
  const byId = new Map<string, Message>()
  for (const message of [...known, ...more]) if (!byId.has(message.id)) byId.set(message.id, message)
  return [...byId.values()].sort(inOrder).slice(-MAX_MESSAGES)
}

/** By time; those of the same moment in the same order everywhere. */
export const inOrder = (one: Message, other: Message): number =>
  one.at - other.at || (one.id < other.id ? -1 : Number(one.id > other.id))

/** The last messages of a room, as one of its peers knows them. */
export class History {
  #messages: readonly Message[] = []

  get messages(): readonly Message[] {
    return this.#messages
  }

  /** @returns those that were not known and are kept */
  add(messages: readonly Message[]): Message[] {
    const known = new Set(this.#messages.map(({ id }) => id))
    this.#messages = mergeMessages(this.#messages, messages)
    return this.#messages.filter(({ id }) => !known.has(id))
  }
}

/**
 * Asks a few peers for what was said before, once somebody is there, and again after a time alone. The last minute of
 * it the topic itself remembers. What they tell is hearsay: nobody signs it.
 */
export function askForHistory(mesh: Mesh<Profile>, onMessages: (messages: readonly Message[]) => void): void {
  const asked = new Set<string>()
  let answered = 0
  let waiting = 0
  const ask = () => {
    if (answered + waiting >= ASKED || asked.size >= MAX_ASKED) return
    const others = [...mesh.peers.values()].filter(({ id }) => !asked.has(id))
    // One that is linked needs no link to be made first.
    const peer = others.find(({ isLinked }) => isLinked) ?? others[0]
    if (!peer) return
    asked.add(peer.id)
    waiting++
    fetchHistory(mesh, peer.id)
      .then(
        (messages) => {
          answered++
          onMessages(messages)
        },
        // It left, or serves none.
        () => undefined,
      )
      .finally(() => {
        waiting--
        ask()
      })
  }
  mesh.on('join', () => {
    if (mesh.peers.size === 1) {
      asked.clear()
      answered = 0
    }
    ask()
  })
}

async function fetchHistory(mesh: Mesh<Profile>, peer: string): Promise<readonly Message[]> {
  const response = await mesh.fetch(peer, HISTORY_PATH, { signal: AbortSignal.timeout(ANSWER_WITHIN) })
  if (!response.ok || !response.body) throw new Error(`The peer has no history (${response.status}).`)
  return readMessages(JSON.parse(await readText(response.body)), Date.now())
}

/** Reads a text of a stranger's, but no endless one. */
async function readText(body: ReadableStream<Uint8Array>): Promise<string> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    bytes += value.length
    text += decoder.decode(value, { stream: true })
    if (bytes <= MAX_BYTES) continue
    await reader.cancel()
    throw new Error('The history is longer than any should be.')
  }
}
