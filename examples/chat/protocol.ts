// What the peers of a room say to each other. The page and the bot share it, and whatever joins a room should.

/** One message of the conversation, as it goes over the topic `messages` and as `GET /history` lists it. */
export interface Message {
  /** Made by its author, the same everywhere: whoever hears of it twice shows it once. */
  readonly id: string
  readonly name: string
  readonly text: string
  /** When it was written, in milliseconds since 1970. */
  readonly at: number
}

/** What a peer publishes about itself: the metadata of the mesh. */
export interface Profile {
  readonly name: string
}

export const DEFAULT_ROOM = 'lobby'
export const TOPIC = 'messages'
export const HISTORY_PATH = '/history'
export const FILES_PATH = '/files'
/** The header of `POST /files` with the file's name, percent-encoded as headers take no other text. */
export const FILE_NAME_HEADER = 'x-file-name'
/** The header with its size in bytes; browsers drop `content-length` from a Request. */
export const FILE_SIZE_HEADER = 'x-file-size'

/** What the answer to `POST /files` says at its end. Its head, sent before, says that the file may come. */
export const RECEIVED = 'received'

/** In characters. Guesses: a screenful, and what fits beside a picture. */
export const MAX_TEXT = 4000
export const MAX_NAME = 40
export const MAX_ROOM = 64
export const MAX_DECLINED_REASON = 200
const MAX_ID = 64
const MAX_FILE_NAME = 200
/** A clock may be off by so many milliseconds before nobody believes it. What is heard may be a minute old besides. */
const MAX_SKEW = 120_000

/** The name of the swarm of a room. */
export const swarmOf = (room: string): string => `chat/${room}`

export const newMessage = (name: string, text: string): Message => ({
  id: crypto.randomUUID(),
  name,
  text: text.slice(0, MAX_TEXT),
  at: Date.now(),
})

/** Reads what a stranger sent; `null` if it is no message. What is not known of it is dropped. */
export function readMessage(value: unknown): Message | null {
  if (!isRecord(value)) return null
  const { id, name, text, at } = value as Readonly<Record<keyof Message, unknown>>
  const cleanedName = readName(name)
  if (typeof id !== 'string' || id === '' || id.length > MAX_ID) return null
  if (typeof text !== 'string' || text.trim() === '' || text.length > MAX_TEXT) return null
  if (typeof at !== 'number' || !Number.isFinite(at) || at < 0 || cleanedName === null) return null
  return { id, name: cleanedName, text, at }
}

/**
 * A message that came just now, with a time that can be believed: an author whose clock is wrong neither hides what it
 * says above all others nor pins it below them.
 */
export const withSaneTime = (message: Message, now: number): Message =>
  Math.abs(message.at - now) <= MAX_SKEW ? message : { ...message, at: now }

/** Reads a history; what is no message, or from the future, is left out of it. */
export function readMessages(value: unknown, now: number): readonly Message[] {
  if (!Array.isArray(value)) return []
  const messages = value.map(readMessage).filter((message) => message !== null)
  return messages.filter(({ at }) => at <= now + MAX_SKEW)
}

/** A name on one line without what is invisible; `null` if nothing is left of it. */
export function readName(value: unknown): string | null {
  if (typeof value !== 'string') return null
  const cleaned = value
    .slice(0, 4 * MAX_NAME)
    // Control characters, and those that reorder the text around them.
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
    .replace(/\s+/gu, ' ')
    .trim()
  return Array.from(cleaned).slice(0, MAX_NAME).join('').trim() || null
}

/** The name that a peer's metadata gives, or one made of its id. */
export function nameOf(peer: { readonly id: string; readonly metadata: unknown }): string {
  const name = isRecord(peer.metadata) ? readName(peer.metadata['name']) : null
  return name ?? `Peer ${peer.id.slice(0, 4)}`
}

/** A room's name as people type it into an address; the lobby if it is none. */
export function readRoom(value: string): string {
  const room = value.normalize().trim().replace(/\s+/gu, '-').slice(0, MAX_ROOM)
  return room === '' ? DEFAULT_ROOM : room
}

export const encodeFileName = (name: string): string => encodeURIComponent(name.toWellFormed())

/** A file's name that is safe to show and to write into a folder, whatever a stranger's header says. */
export function readFileName(header: string | null | undefined): string {
  const last =
    decode(header ?? '')
      .split(/[/\\]/u)
      .at(-1) ?? ''
  const cleaned = last
    .replace(/[\p{Cc}\p{Cf}<>:"|?*]/gu, '_')
    // Neither hidden, nor `..`, nor with an end that Windows drops.
    .replace(/^[.\s]+|[.\s]+$/gu, '')
  const characters = Array.from(cleaned)
  // A long name loses its middle: its end says what kind of file it is.
  const short =
    characters.length <= MAX_FILE_NAME
      ? cleaned
      : [...characters.slice(0, MAX_FILE_NAME - 21), '…', ...characters.slice(-20)].join('')
  return short === '' ? 'file' : short
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null
