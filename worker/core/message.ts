import type { InfoHash } from '../../protocol/ids.ts'
import { decode } from '../../protocol/websocket/decode.ts'
import { encodeFailure, encodeScrapeReply } from '../../protocol/websocket/encode.ts'
import type { ClientMessage, DialName, Malformed, Scrape } from '../../protocol/websocket/message.ts'
import { type Refusal, refusal } from '../../protocol/refusal.ts'
import { announce } from './announce.ts'
import { answer } from './answer.ts'
import { dial } from './dial.ts'
import type { Effect, HubEvent } from './event.ts'
import { close } from './presence.ts'
import { chargeNetwork, otherSwarm, tooFast } from './refusals.ts'
import { scrape } from './scrape.ts'
import type { Socket } from './socket.ts'
import type { HubState } from './state.ts'

/** A socket that is refused so often in a row is closed: it does not listen. */
const MOST_STRIKES = 20

/** What a message costs is one for each so many characters, begun ones too: a stock announce is about this long. */
const COST_LENGTH = 8192

/** A frame came in: charge for it, read it, serve it. */
export function receive(
  state: HubState,
  { socket: id, text }: Extract<HubEvent, { type: 'message' }>,
  now: number,
  random: () => number,
  effects: Effect[],
): void {
  const socket = state.sockets.get(id)
  if (!socket) return
  socket.heard = now
  socket.unread = 0
  const length = text?.length ?? 0
  const over = charge(state, socket, length, now)
  // A refusal can name the swarm only if the message is read, and to read a long one is what it is refused for.
  const message = over && length > COST_LENGTH ? unreadable(over.reason) : read(state, text)
  const refused = over ?? serve(state, socket, message, now, random, effects)
  if (refused) refuse(state, socket, message, refused, effects)
}

function read({ settings }: HubState, text: string | null): ClientMessage | Malformed {
  if (text === null) return unreadable('messages are text frames; this was a binary one')
  if (text.length > settings.MAX_MESSAGE) {
    return unreadable(`this message has ${text.length} characters, and ${settings.MAX_MESSAGE} is the most`)
  }
  return decode(text)
}

const unreadable = (reason: string): Malformed => ({ kind: 'malformed', action: 'announce', infoHash: null, reason })

function charge(state: HubState, socket: Socket, length: number, now: number): Refusal | null {
  // What is longer than any message may be is not read, so it costs no more.
  const cost = 1 + Math.floor(Math.min(length, state.settings.MAX_MESSAGE) / COST_LENGTH)
  const wait = socket.bucket.take(state.settings.socketRate, now, cost)
  const refused = wait > 0 ? tooFast('this socket', wait) : chargeNetwork(state, socket.network, now, cost)
  socket.strikes = refused ? socket.strikes + 1 : 0
  return refused
}

function serve(
  state: HubState,
  socket: Socket,
  message: ClientMessage | Malformed,
  now: number,
  random: () => number,
  effects: Effect[],
): Refusal | null {
  switch (message.kind) {
    case 'announce':
      return announce(state, socket, message, now, random, effects)
    case 'answer':
      return answer(state, socket, message, now, effects)
    case 'dial':
      return dial(state, socket, message, now, effects)
    case 'scrape':
      return scrapeFor(state, socket, message, effects)
    case 'malformed':
      return refusal('malformed', message.reason)
  }
}

function scrapeFor(state: HubState, socket: Socket, { infoHashes }: Scrape, effects: Effect[]): Refusal | null {
  const { boundTo } = socket
  const wanted = boundTo && infoHashes === 'all' ? [boundTo] : infoHashes
  if (boundTo && wanted !== 'all' && wanted.some((infoHash) => infoHash !== boundTo)) return otherSwarm
  const files = scrape(state, wanted)
  if (!(files instanceof Map)) return files
  effects.push({ type: 'send', to: socket.id, text: encodeScrapeReply(files) })
  return null
}

/** The one swarm that a message is about. */
function infoHashOf(message: ClientMessage | Malformed): InfoHash | null {
  if (message.kind !== 'scrape') return message.infoHash
  const [infoHash, ...others] = message.infoHashes === 'all' ? [] : message.infoHashes
  return others.length === 0 ? (infoHash ?? null) : null
}

/** The dial that a message is, or was to be. */
function dialIn(message: ClientMessage | Malformed): DialName | undefined {
  if (message.kind === 'dial') return message
  return message.kind === 'malformed' ? message.dial : undefined
}

function refuse(
  state: HubState,
  socket: Socket,
  message: ClientMessage | Malformed,
  refused: Refusal,
  effects: Effect[],
): void {
  state.counters.refusedBy[refused.code]++
  const action = message.kind === 'malformed' ? message.action : message.kind === 'scrape' ? 'scrape' : 'announce'
  const text = encodeFailure(action, infoHashOf(message), refused, dialIn(message))
  effects.push({ type: 'send', to: socket.id, text })
  if (socket.strikes >= MOST_STRIKES) {
    close(state, socket.id, effects)
    effects.push({ type: 'close', socket: socket.id, code: 1008, reason: 'too many messages' })
  }
}
