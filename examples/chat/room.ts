import { readRoom } from './protocol.ts'

/** The room that an address names after its `#`. */
export function roomOf(hash: string): string {
  const text = hash.replace(/^#/, '')
  try {
    return readRoom(decodeURIComponent(text))
  } catch {
    // A % that stands for itself.
    return readRoom(text)
  }
}

export const hashOf = (room: string): string => `#${encodeURIComponent(room)}`

const MOODS = ['Quiet', 'Sunny', 'Brisk', 'Gentle', 'Curious', 'Patient', 'Merry', 'Steady', 'Bright', 'Nimble']
const ANIMALS = ['Otter', 'Heron', 'Badger', 'Wren', 'Marten', 'Seal', 'Finch', 'Hare', 'Lynx', 'Newt', 'Owl', 'Bee']

/** A name for who has given none yet, such as `Quiet Otter`. */
export const friendlyName = (random: () => number): string => `${pick(MOODS, random)} ${pick(ANIMALS, random)}`

/** The name of a room that nobody comes upon by chance, such as `quiet-otter-k3f9x2`. */
export function newRoom(random: () => number): string {
  const end = Array.from({ length: 6 }, () => Math.floor(random() * 36).toString(36)).join('')
  return `${friendlyName(random).toLowerCase().replace(' ', '-')}-${end}`
}

const pick = (words: readonly string[], random: () => number): string =>
  words[Math.floor(random() * words.length)] ?? ''
