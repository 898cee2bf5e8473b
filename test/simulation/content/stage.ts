import { layoutOf, type Layout } from '../../../sdk/content/core/layout.ts'
import { seededRandom } from '../../support/core.ts'
import { Agenda } from '../agenda.ts'
import { type OriginOptions, SimulatedOrigin } from './origin.ts'
import { ContentPeer, type PeerOptions } from './peer.ts'

/** A way to the other peer and a handshake take so many times the latency. */
const HANDSHAKE = 4

/** Where a scenario plays: one torrent, its peers and its origin. */
export class ContentStage {
  readonly agenda = new Agenda()
  readonly random: () => number
  readonly layout: Layout
  readonly peers: ContentPeer[] = []
  origin: SimulatedOrigin | null = null

  constructor(seed: number, layout: Layout) {
    this.random = seededRandom(seed)
    this.layout = layout
  }

  addOrigin(options: OriginOptions): SimulatedOrigin {
    return (this.origin = new SimulatedOrigin(this.agenda, options))
  }

  /** One more peer, which connects to all that are here. */
  add(options: PeerOptions): ContentPeer {
    const peer = new ContentPeer(this.agenda, this.layout, options, this.random)
    const others = this.peers.filter(({ isGone }) => !isGone)
    this.peers.push(peer)
    if (others.length > 0) peer.tell({ type: 'expecting', wires: others.length })
    if (this.origin) peer.addOrigin(this.origin)
    this.agenda.after(HANDSHAKE * options.latency, () => {
      for (const other of others) if (!other.isGone && !peer.isGone) peer.connect(other)
      peer.tell({ type: 'expecting', wires: 0 })
    })
    return peer
  }

  /** Until all that are here are done, or that time (ms). */
  run(until: number): void {
    const isDone = (): boolean => this.peers.every(({ isGone, doneAt }) => isGone || doneAt < Infinity)
    while (this.agenda.now < until && !isDone()) this.agenda.runUntil(this.agenda.now + 100)
  }
}

/** What the cores of a stage broke. */
export const brokenOf = ({ peers }: ContentStage): string[] => [
  ...new Set(peers.flatMap(({ watch }) => [...watch.broken])),
]

/** A torrent of one file. */
export const oneFile = (length: number, pieceLength: number): Layout => layoutOf(pieceLength, [length])

export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN
}
