import type { Graph } from './graph.ts'

/** From -1 to 1, the page itself at 0, 0. */
export interface Place {
  readonly x: number
  readonly y: number
  /** 0 is the middle. */
  readonly ring: number
}

export interface Layout {
  /** Those of one ring one after the other, as the clock goes. */
  readonly places: ReadonlyMap<string, Place>
  /** The radius of each ring but the middle, from the inside out; the last is 1. */
  readonly radii: readonly number[]
}

/** Rings that are told apart; whoever is farther away shares the last one. */
const MAX_RINGS = 5
/** How much wider the first ring is than its share: it has names, and lines to all others pass through it. */
const FLATTEN = 0.72

/**
 * Puts each peer on a ring by how many hops away it is, evenly, and beside those on the ring within that it is
 * linked to. It follows from the graph alone, so that a change moves few.
 */
export function layOut({ peers, neighbours }: Graph): Layout {
  const rings = ringsOf(peers.values())
  const outer = rings.length - 1
  const radii = Array.from({ length: outer }, (_, index) => ((index + 1) / outer) ** FLATTEN)
  const places = new Map<string, Place>()
  const angles = new Map<string, number>()
  rings.forEach((ids, ring) => {
    const wanted = new Map(ids.map((id) => [id, wantedAngle(id, neighbours.get(id), angles)]))
    const radius = radii[ring - 1] ?? 0
    for (const [id, angle] of spread(wanted)) {
      places.set(id, { x: radius * Math.cos(angle), y: radius * Math.sin(angle), ring })
      if (ring > 0) angles.set(id, angle)
    }
  })
  return { places, radii }
}

function ringsOf(peers: Iterable<{ readonly id: string; readonly hops: number | null }>): string[][] {
  const rings: string[][] = []
  const unknown: string[] = []
  for (const { id, hops } of peers) {
    if (hops === null) unknown.push(id)
    else (rings[Math.min(hops, MAX_RINGS)] ??= []).push(id)
  }
  // To whom no way is known is put outside, and never where those are that are linked to the page.
  if (unknown.length > 0) (rings[Math.max(2, rings.length - 1)] ??= []).push(...unknown)
  return Array.from(rings, (ring: string[] | undefined) => ring ?? [])
}

/** In the middle of those that are placed and that it is linked to; without any, where its id says. */
function wantedAngle(
  id: string,
  neighbours: ReadonlySet<string> | undefined,
  angles: ReadonlyMap<string, number>,
): number {
  const own = (Number.parseInt(id, 16) / 2 ** 32) * 2 * Math.PI
  let [x, y] = [0, 0]
  for (const neighbour of neighbours ?? []) {
    const angle = angles.get(neighbour)
    if (angle === undefined) continue
    x += Math.cos(angle)
    y += Math.sin(angle)
  }
  return Math.hypot(x, y) < 1e-6 ? own : Math.atan2(y, x)
}

/** Keeps the order, makes the distances even, and turns all so that they are as near to what they want as can be. */
function spread(wanted: ReadonlyMap<string, number>): [id: string, angle: number][] {
  const full = 2 * Math.PI
  const positive = (angle: number) => ((angle % full) + full) % full
  const sorted = [...wanted].sort(([, one], [, other]) => positive(one) - positive(other))
  const even = (index: number) => (index / sorted.length) * full
  let [x, y] = [0, 0]
  sorted.forEach(([, angle], index) => {
    x += Math.cos(angle - even(index))
    y += Math.sin(angle - even(index))
  })
  const turn = Math.atan2(y, x)
  return sorted.map(([id], index) => [id, turn + even(index)])
}
