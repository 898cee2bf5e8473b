/** Where bytes of content came from, and where they went. */
export interface Traffic {
  /** From each peer, by its id. */
  readonly fromPeers: ReadonlyMap<string, number>
  /** From each origin, by its address. */
  readonly fromOrigins: ReadonlyMap<string, number>
  /** Of an earlier version or attempt. */
  readonly fromDisk: number
  /** To each peer, by its id. */
  readonly toPeers: ReadonlyMap<string, number>
  /** Of the bytes that were fetched, the share that no origin had to send; `null` before there are any. */
  readonly offload: number | null
}

/** Counts bytes by where they came from. */
export class Counters implements Traffic {
  readonly fromPeers = new Map<string, number>()
  readonly fromOrigins = new Map<string, number>()
  readonly toPeers = new Map<string, number>()
  fromDisk = 0

  get offload(): number | null {
    const peers = sum(this.fromPeers)
    const all = peers + sum(this.fromOrigins)
    return all === 0 ? null : peers / all
  }
}

export const sum = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((total, bytes) => total + bytes, 0)

export function add(counts: Map<string, number>, name: string, bytes: number): void {
  counts.set(name, (counts.get(name) ?? 0) + bytes)
}
