import type { Traffic } from 'edgeswarm/content'
import type { Giver } from './transfer.ts'

// What the SDK puts before the id of a peer that speaks BitTorrent only.
const stockPrefix = 'stock peer '

/** Who gave and who took, those who gave most first. */
export function giversOf({ fromPeers, fromOrigins, fromDisk, toPeers }: Traffic): Giver[] {
  const peers = [...new Set([...fromPeers.keys(), ...toPeers.keys()])].map((id): Giver => {
    const isStock = id.startsWith(stockPrefix)
    return {
      kind: isStock ? 'stock' : 'peer',
      id: isStock ? id.slice(stockPrefix.length) : id,
      gave: fromPeers.get(id) ?? 0,
      took: toPeers.get(id) ?? 0,
    }
  })
  const origins = [...fromOrigins].map(([id, gave]): Giver => ({ kind: 'origin', id, gave, took: 0 }))
  const disk: Giver[] = fromDisk > 0 ? [{ kind: 'disk', id: '', gave: fromDisk, took: 0 }] : []
  return [...disk, ...[...origins, ...peers].sort((one, other) => other.gave - one.gave || other.took - one.took)]
}

export const sum = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((total, bytes) => total + bytes, 0)
