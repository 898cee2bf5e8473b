import {
  type Curve,
  curveOf,
  type Dot,
  FEW,
  type Frame,
  placeOfName,
  type Point,
  pointOn,
  type Size,
  toPixels,
} from './geometry.ts'
import type { Graph, Link } from './graph.ts'
import { GLOW, type Hop } from './journeys.ts'
import type { Layout } from './layout.ts'

/** What is in the picture at one moment. */
export interface Scene {
  readonly frame: Frame
  readonly graph: Graph
  readonly layout: Layout
  readonly dots: ReadonlyMap<string, Dot>
  readonly hops: readonly Hop[]
  /** Of the one peer that is looked at. */
  readonly chosen: string | null
  readonly now: number
  /** Nothing may move: a message's way glows and no pulse runs along it. */
  readonly isStill: boolean
}

/** How the picture looks on this page: sizes in CSS pixels, and colours. */
export interface Look extends Size {
  readonly font: string
  readonly surface: string
  readonly ink: string
  readonly line: string
  readonly near: string
  readonly far: string
  readonly pulse: string
}

/** The part of a line that a pulse's tail takes. */
const TAIL = 0.45
const TAIL_STEPS = 14
/** How long a peer is ringed after a message has come to it, in milliseconds. */
const RIPPLE = 700
const MAX_LABEL = 14
export function draw(context: CanvasRenderingContext2D, scene: Scene, look: Look): void {
  context.clearRect(0, 0, look.width, look.height)
  context.lineCap = 'round'
  drawRings(context, scene, look)
  for (const link of scene.graph.links) drawLink(context, link, scene, look)
  for (const hop of scene.hops) drawGlow(context, hop, scene, look)
  if (!scene.isStill) for (const hop of scene.hops) drawPulse(context, hop, scene, look)
  for (const hop of scene.hops) drawRipple(context, hop, scene, look)
  for (const id of scene.graph.peers.keys()) drawDot(context, id, scene, look)
  for (const id of namedIn(scene)) drawName(context, id, scene, look)
}

/** Where a peer's circle ends. */
export function radiusOf(hops: number | null, count: number): number {
  if (hops === 0) return 9
  const shrink = count > 100 ? 0.7 : 1
  return (hops === 1 ? 6 : 4.5) * shrink
}

function drawRings(context: CanvasRenderingContext2D, scene: Scene, look: Look): void {
  context.save()
  context.strokeStyle = look.line
  context.setLineDash([1, 7])
  context.lineWidth = 1.25
  const { middle, across, down } = scene.frame
  for (const radius of scene.layout.radii) {
    context.beginPath()
    context.ellipse(middle.x, middle.y, radius * across, radius * down, 0, 0, 2 * Math.PI)
    context.stroke()
  }
  context.restore()
}

function trace(context: CanvasRenderingContext2D, { from, control, to }: Curve): void {
  context.beginPath()
  context.moveTo(from.x, from.y)
  context.quadraticCurveTo(control.x, control.y, to.x, to.y)
  context.stroke()
}

function drawLink(context: CanvasRenderingContext2D, [one, other]: Link, scene: Scene, look: Look): void {
  const curve = curveOf(one, other, scene)
  if (!curve) return
  const { chosen, graph } = scene
  const isChosen = chosen === one || chosen === other
  const isOwn = [one, other].some((id) => graph.peers.get(id)?.hops === 0)
  context.strokeStyle = isChosen ? look.ink : isOwn ? look.near : look.far
  context.lineWidth = isChosen || isOwn ? 1.75 : 1
  const rest = chosen === null ? 1 : 0.35
  context.globalAlpha = isChosen ? 0.75 : (isOwn ? 0.75 : 0.4) * rest
  trace(context, curve)
  context.globalAlpha = 1
}

/** From 1, when the message is on this line, to 0. */
const glowOf = ({ end }: Hop, now: number): number => Math.min(1, Math.max(0, 1 - (now - end) / GLOW))

function drawGlow(context: CanvasRenderingContext2D, hop: Hop, scene: Scene, look: Look): void {
  const { now, isStill } = scene
  if (now < (isStill ? hop.start : hop.end)) return
  const curve = curveOf(hop.from, hop.to, scene)
  if (!curve) return
  context.strokeStyle = look.pulse
  context.lineWidth = 1.75
  context.globalAlpha = isStill ? 0.9 : 0.8 * glowOf(hop, now)
  trace(context, curve)
  context.globalAlpha = 1
}

function drawPulse(context: CanvasRenderingContext2D, hop: Hop, scene: Scene, look: Look): void {
  const { start, end } = hop
  const { now } = scene
  if (now < start || now > end) return
  const curve = curveOf(hop.from, hop.to, scene)
  if (!curve) return
  const along = (now - start) / (end - start)
  const head = along * along * (3 - 2 * along)
  context.strokeStyle = context.fillStyle = look.pulse
  for (let step = 0; step < TAIL_STEPS; step++) {
    const [begin, finish] = [step, step + 1].map((count) => Math.max(0, head - TAIL * (1 - count / TAIL_STEPS)))
    if (begin === undefined || finish === undefined || finish === 0) continue
    const [one, other] = [pointOn(curve, begin), pointOn(curve, finish)]
    context.globalAlpha = ((step + 1) / TAIL_STEPS) ** 1.5
    context.lineWidth = 1 + (2 * step) / TAIL_STEPS
    context.beginPath()
    context.moveTo(one.x, one.y)
    context.lineTo(other.x, other.y)
    context.stroke()
  }
  const point = pointOn(curve, head)
  fillCircle(context, point, 3.25, 1)
  fillCircle(context, point, 7, 0.22)
}

/** Rings who passes the message on first, and whoever it has come to. */
function drawRipple(context: CanvasRenderingContext2D, { from, to, start, end }: Hop, scene: Scene, look: Look): void {
  if (scene.isStill) return
  for (const [id, at] of [
    [from, start],
    [to, end],
  ] as const) {
    const dot = scene.dots.get(id)
    const age = (scene.now - at) / RIPPLE
    if (!dot || age < 0 || age > 1) continue
    const { x, y } = toPixels(dot, scene.frame)
    const { hops } = scene.graph.peers.get(id) ?? { hops: null }
    context.strokeStyle = look.pulse
    context.globalAlpha = (1 - age) * 0.8
    context.lineWidth = 1.5
    context.beginPath()
    context.arc(x, y, radiusOf(hops, scene.dots.size) + 2 + 9 * age, 0, 2 * Math.PI)
    context.stroke()
    context.globalAlpha = 1
  }
}

function drawDot(context: CanvasRenderingContext2D, id: string, scene: Scene, look: Look): void {
  const dot = scene.dots.get(id)
  const peer = scene.graph.peers.get(id)
  if (!dot || !peer) return
  const { chosen, graph, hops: passing, now } = scene
  const point = toPixels(dot, scene.frame)
  const radius = radiusOf(peer.hops, scene.dots.size) * dot.size
  const isAside = chosen !== null && chosen !== id && graph.neighbours.get(chosen)?.has(id) !== true
  // A ring of the surface keeps lines off the dot.
  context.fillStyle = look.surface
  fillCircle(context, point, radius + 2, 1)
  context.fillStyle = peer.hops !== null && peer.hops <= 1 ? look.near : look.far
  fillCircle(context, point, radius, isAside ? 0.45 : 1)
  const glow = Math.max(0, ...passing.filter((hop) => hop.to === id && now >= hop.end).map((hop) => glowOf(hop, now)))
  if (glow > 0) {
    context.fillStyle = look.pulse
    fillCircle(context, point, radius * Math.sqrt(glow), 1)
  }
  if (peer.hops === 0) {
    context.fillStyle = look.surface
    fillCircle(context, point, radius * 0.38, 1)
  }
  if (chosen !== id) return
  context.strokeStyle = look.ink
  context.lineWidth = 2
  context.beginPath()
  context.arc(point.x, point.y, radius + 3.5, 0, 2 * Math.PI)
  context.stroke()
}

function fillCircle(context: CanvasRenderingContext2D, { x, y }: Point, radius: number, alpha: number): void {
  context.globalAlpha = alpha
  context.beginPath()
  context.arc(x, y, Math.max(0, radius), 0, 2 * Math.PI)
  context.fill()
  context.globalAlpha = 1
}

/** Whose names are shown: of a few everyone, of many those that are near; the chosen one, and whom it is linked to. */
function namedIn({ graph, chosen }: Scene): readonly string[] {
  const all = [...graph.peers.keys()]
  if (chosen !== null) return [...(graph.neighbours.get(chosen) ?? []), chosen]
  if (all.length <= FEW) return all
  return all.filter((id) => (graph.peers.get(id)?.hops ?? Infinity) <= 1)
}

function drawName(context: CanvasRenderingContext2D, id: string, scene: Scene, look: Look): void {
  const dot = scene.dots.get(id)
  const peer = scene.graph.peers.get(id)
  if (!dot || !peer) return
  const point = toPixels(dot, scene.frame)
  const gap = radiusOf(peer.hops, scene.dots.size) + 6
  const name = shorten(peer.name)
  const isOwn = peer.hops === 0
  context.font = `${isOwn || scene.chosen === id ? 650 : 500} ${look.font}`
  const { x, y, align } = placeOfName(point, dot, gap, context.measureText(name).width, look)
  context.textAlign = align
  context.textBaseline = 'middle'
  context.strokeStyle = look.surface
  context.lineJoin = 'round'
  context.lineWidth = 4
  context.strokeText(name, x, y)
  context.fillStyle = look.ink
  context.fillText(name, x, y)
}

function shorten(name: string): string {
  const characters = Array.from(name)
  return characters.length <= MAX_LABEL ? name : `${characters.slice(0, MAX_LABEL - 1).join('')}…`
}
