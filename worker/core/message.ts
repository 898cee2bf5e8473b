import type { InfoHash } from '../../protocol/ids.ts'
import { decode } from '../../protocol/websocket/decode.ts'
import { encodeFailure, encodeScrapeReply } from '../../protocol/websocket/encode.ts'
import type { ClientMessage, Malformed, Scrape } from '../../protocol/websocket/message.ts'
import { type Refusal, refusal } from '../../protocol/refusal.ts'
import { announce } from './announce.ts'
import { answer } from './answer.ts'
import type { Effect, HubEvent } from './event.ts'
import { close } from './presence.ts'
import { chargeNetwork, otherSwarm, tooFast } from './refusals.ts'
import { scrape } from './scrape.ts'
import type { Socket } from './socket.ts'
import type { HubState } from './state.ts'

/** A socket that is refused so often in a row is closed: it does not listen. */
const MOST_STRIKES = 20

/** A frame came in: read it, charge for it, serve it. */
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
  const message = read(state, text)
  const refused = charge(state, socket, now) ?? serve(state, socket, message, now, random, effects)
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

function charge(state: HubState, socket: Socket, now: number): Refusal | null {
  const wait = socket.bucket.take(state.settings.socketRate, now)
  socket.strikes = wait > 0 ? socket.strikes + 1 : 0
  return wait > 0 ? tooFast('this socket', wait) : chargeNetwork(state, socket.network, now)
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

function refuse(
  state: HubState,
  socket: Socket,
  message: ClientMessage | Malformed,
  refused: Refusal,
  effects: Effect[],
): void {
  state.counters.refusedBy[refused.code]++
  const action = message.kind === 'malformed' ? message.action : message.kind === 'scrape' ? 'scrape' : 'announce'
  effects.push({ type: 'send', to: socket.id, text: encodeFailure(action, infoHashOf(message), refused) })
  if (socket.strikes >= MOST_STRIKES) {
    close(state, socket.id, effects)
    effects.push({ type: 'close', socket: socket.id, code: 1008, reason: 'too many messages' })
  }
}
