import { formatCount } from '../../base/numbers.ts'
import type { Graph } from './graph.ts'
import type { Reach } from './journeys.ts'
import { MAX_ROOM } from './protocol.ts'
import type { Size } from '../words.ts'

/** As in `60 peers, 9 links of yours, 262 links in all`. */
export function summarise({ peers, links, neighbours }: Graph, { count, isExact }: Size): string {
  const [own] = peers.keys()
  const drawn = isExact ? '' : `, ${formatCount(peers.size)} of them in the picture`
  const all = isExact ? countOf(peers.size, 'peer') : `about ${countOf(count, 'peer')}`
  const ofOwn = own === undefined ? 0 : (neighbours.get(own)?.size ?? 0)
  return `${all}${drawn}, ${countOf(ofOwn, 'link')} of yours, ${countOf(links.length, 'link')} in all`
}

export function describePeer(id: string, { peers, neighbours }: Graph): string {
  const peer = peers.get(id)
  if (!peer) return ''
  const links = countOf(neighbours.get(id)?.size ?? 0, 'link')
  switch (peer.hops) {
    case 0:
      return `You: ${links}`
    case 1:
      return `${peer.name}: ${links}, one of them to you`
    case null:
      return `${peer.name}: not known yet how it is linked`
    default:
      return `${peer.name}: ${links}, ${formatCount(peer.hops)} hops from you`
  }
}

/** How far the last message has come; if there was none, what the picture is. */
export function describeReach(reach: Reach | null, { peers }: Graph): string {
  if (peers.size > MAX_ROOM) return 'In a room as large as this one the others do not tell of their links.'
  const author = reach && peers.get(reach.author)
  if (!reach || !author) return 'You in the middle, around you who is linked to you, then the others by hops.'
  const isOwn = author.hops === 0
  const count = [...reach.reached].filter((id) => peers.has(id)).length
  if (count === 0) return `${isOwn ? 'Your message' : `A message of ${author.name}`} is on its way`
  const way = reach.hops === 0 ? '' : `, in up to ${countOf(reach.hops, 'hop')}`
  const all = formatCount(peers.size - 1)
  return `${isOwn ? 'Your message' : `${author.name}’s message`} reached ${formatCount(count)} of ${all}${way}`
}

const countOf = (count: number, word: string): string => `${formatCount(count)} ${word}${count === 1 ? '' : 's'}`
