import type { PeerId } from '../../protocol/ids.ts'
import type { OverlayMessage } from '../../protocol/mesh/overlay.ts'
import type { OverlayEffect } from './event.ts'
import type { OverlayState } from './state.ts'

/** The handling of one event: what is known, and what comes of it. */
export interface Turn {
  readonly state: OverlayState
  /** Milliseconds. */
  readonly now: number
  readonly random: () => number
  readonly effects: OverlayEffect[]
}

export function send(turn: Turn, to: PeerId, message: OverlayMessage): void {
  turn.effects.push({ type: 'send', to, message })
}

/** One of them, each as likely; `undefined` if there is none. */
export const pick = <Item>(items: readonly Item[], random: () => number): Item | undefined =>
  items[Math.floor(random() * items.length)]

/** Up to `count` of them, each as likely. */
export function sample<Item>(items: readonly Item[], count: number, random: () => number): Item[] {
  const left = [...items]
  const taken: Item[] = []
  while (taken.length < count && left.length > 0) {
    const index = Math.floor(random() * left.length)
    const [item] = left.splice(index, 1)
    if (item !== undefined) taken.push(item)
  }
  return taken
}
