/** A peer in the picture of the mesh. */
export interface GraphPeer {
  /** Short. */
  readonly id: string
  readonly name: string
  /** Links from this page to it, on the shortest way that is known; `null` if none is. The page itself has 0. */
  readonly hops: number | null
}

/** Who is in the room, and who is linked to whom. */
export interface Graph {
  /** The page itself first. */
  readonly peers: ReadonlyMap<string, GraphPeer>
  /** Each link once. */
  readonly links: readonly Link[]
  readonly neighbours: ReadonlyMap<string, ReadonlySet<string>>
}

export type Link = readonly [one: string, other: string]

/** What this page knows of another peer. */
export interface KnownPeer {
  /** Short. */
  readonly id: string
  readonly name: string
  readonly isLinked: boolean
}

/**
 * Puts together what the peers tell. A link counts if one of its ends tells of it, as the other may tell a moment
 * later; but of its own links the page believes itself alone.
 *
 * @param own the short id of the page itself
 * @param told by short id, whom each is linked to as it says
 */
export function graphOf(
  own: string,
  others: readonly KnownPeer[],
  told: ReadonlyMap<string, readonly string[]>,
): Graph {
  const neighbours = new Map<string, Set<string>>([own, ...others.map(({ id }) => id)].map((id) => [id, new Set()]))
  const links: Link[] = []
  const connect = (one: string, other: string) => {
    const [ofOne, ofOther] = [neighbours.get(one), neighbours.get(other)]
    if (!ofOne || !ofOther || one === other || ofOne.has(other)) return
    ofOne.add(other)
    ofOther.add(one)
    links.push([one, other])
  }
  for (const { id, isLinked } of others) if (isLinked) connect(own, id)
  for (const { id } of others) {
    for (const other of told.get(id) ?? []) if (other !== own) connect(id, other)
  }
  const hops = hopsFrom(own, neighbours)
  const peers = [{ id: own, name: 'You' }, ...others].map(({ id, name }): [string, GraphPeer] => [
    id,
    { id, name, hops: hops.get(id) ?? null },
  ])
  return { peers: new Map(peers), links, neighbours }
}

function hopsFrom(start: string, neighbours: ReadonlyMap<string, ReadonlySet<string>>): ReadonlyMap<string, number> {
  const hops = new Map([[start, 0]])
  // What is added to a Map while it is walked is walked too: those that are nearer come first.
  for (const [peer, count] of hops) {
    for (const next of neighbours.get(peer) ?? []) if (!hops.has(next)) hops.set(next, count + 1)
  }
  return hops
}
