import { friendlyName } from './room.ts'
import { readName } from './protocol.ts'

const NAME = 'chat-name'
const SENT = 'chat-sent'
/** Own messages that are known again after a reload. */
const MAX_SENT = 200

/** The name this person goes by: the one given last, or a friendly one. */
export function ownName(): string {
  const kept = readName(read(() => localStorage, NAME))
  const name = kept ?? friendlyName(Math.random)
  if (kept === null) keepName(name)
  return name
}

export function keepName(name: string): void {
  write(() => localStorage, NAME, name)
}

/** Which messages this window has written, so that it knows its own among those that others tell it of. */
export class OwnMessages {
  readonly #ids = new Set((read(() => sessionStorage, SENT) ?? '').split(' '))

  add(id: string): void {
    this.#ids.add(id)
    write(() => sessionStorage, SENT, [...this.#ids].slice(-MAX_SENT).join(' '))
  }

  has(id: string): boolean {
    return this.#ids.has(id)
  }
}

// A browser may have no storage, or refuse even to be asked for it: then nothing is kept.

function read(storage: () => Storage, key: string): string | null {
  try {
    return storage().getItem(key)
  } catch {
    return null
  }
}

function write(storage: () => Storage, key: string, value: string): void {
  try {
    storage().setItem(key, value)
  } catch {
    // As above.
  }
}
