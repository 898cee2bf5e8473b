import type { PeerId } from '../../../protocol/ids.ts'
import type { HaveRange } from '../../../protocol/mesh/overlay.ts'
import type { Publication } from '../../../protocol/mesh/publication.ts'
import type { OverlayState } from '../state.ts'

export const keyOf = (author: PeerId, epoch: number, sequence: number): string => `${author}${epoch}.${sequence}`

/** Publications of late, for neighbours that missed them and for those that have just come. */
export interface History {
  /** In the order in which they came. */
  readonly entries: Map<string, Entry>
  bytes: number
}

interface Entry {
  readonly publication: Publication
  /** When it came into the swarm, as far as this peer can tell (ms). */
  readonly at: number
}

export const newHistory = (): History => ({ entries: new Map(), bytes: 0 })

/** How long, how many and how many bytes. */
const LONGEST = 60_000
const MOST = 1024
const MOST_BYTES = 4_194_304

/** Milliseconds. */
const MOMENT = 1000

/** What is larger is told of, and asked for by those who lack it: it must not come twice (bytes). */
const PUSHED = 8192

export const sizeOfData = ({ data }: Publication): number => (data.length > PUSHED ? data.length : 0)

export function keep(history: History, publication: Publication, at: number, now: number): void {
  const { author, epoch, sequence, data } = publication
  history.entries.set(keyOf(author, epoch, sequence), { publication, at })
  history.bytes += data.length
  for (const [key, { publication, at }] of history.entries) {
    const isOver = history.entries.size > MOST || history.bytes > MOST_BYTES || at < now - LONGEST
    if (!isOver) return
    history.entries.delete(key)
    history.bytes -= publication.data.length
  }
}

export const find = ({ entries }: History, author: PeerId, epoch: number, sequence: number): Publication | undefined =>
  entries.get(keyOf(author, epoch, sequence))?.publication

/** The messages of others to a topic that have been handed on here, those of one author in its order. */
export function pastOf({ own, broadcast: { history, authors } }: OverlayState, topic: string): Publication[] {
  const past = [...history.entries.values()].flatMap(({ publication }) => {
    const { author, epoch, sequence, kind } = publication
    const known = authors.get(author)
    const isHanded = known?.epoch === epoch && sequence < (known.next ?? 0)
    return author !== own && kind === 'topic' && publication.topic === topic && isHanded ? [publication] : []
  })
  const inOrder = past.toSorted((one, other) => one.sequence - other.sequence)
  return past.flatMap(({ author }) => {
    const index = inOrder.findIndex((publication) => publication.author === author)
    return inOrder.splice(index, 1)
  })
}

/** All that those published who published messages: without gaps. Who is here a neighbour is told otherwise. */
export function rangesOf({ entries }: History, now: number): HaveRange[] {
  const ranges: HaveRange[] = []
  const messages = [...entries.values()].filter(({ publication }) => publication.kind === 'topic')
  const speakers = new Set(messages.map(({ publication }) => publication.author))
  const open = new Map<PeerId, { readonly index: number; readonly since: number }>()
  for (const { publication, at } of entries.values()) {
    if (!speakers.has(publication.author) || at < now - LONGEST) continue
    const { author, epoch, sequence } = publication
    const range: HaveRange = {
      author,
      epoch,
      first: sequence,
      last: sequence,
      age: Math.round(now - at),
      size: sizeOfData(publication),
    }
    const known = open.get(author)
    const before = known && ranges[known.index]
    const follows = before?.epoch === epoch && before.last === sequence - 1 && before.size === 0 && range.size === 0
    // Those of a moment go together: each then counts as old as the last.
    if (known && follows && at - known.since < MOMENT) ranges[known.index] = { ...range, first: before.first }
    else open.set(author, { index: ranges.push(range) - 1, since: at })
  }
  return ranges
}
