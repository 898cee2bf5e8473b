import type { Layout } from './layout.ts'

/** A peer where it is drawn at this moment. */
export interface Dot {
  /** From -1 to 1, on its way to its place. */
  x: number
  y: number
  /** From 0, when it comes, to 1. */
  size: number
}

export interface Point {
  readonly x: number
  readonly y: number
}

/** In CSS pixels. */
export interface Size {
  readonly width: number
  readonly height: number
}

/** Space around the outer ring, and that for the names of those on it, if they are shown. */
const MARGIN = 20
const NAMED_MARGIN = { x: 114, y: 36 }
/** How much wider than high the outer ring may be, and how much higher than wide. */
const WIDEST = 2.6
const HIGHEST = 1.12
/** How far a line between two peers bends to the middle: 1 is not at all. */
const STRAIGHT = 1
const BENT = 0.86
const BENT_ON_A_RING = 0.6
const NAME_HEIGHT = 13
/** Peers of a room whose names are all shown. */
export const FEW = 16

/** How the picture lies on the canvas. */
export interface Frame {
  readonly middle: Point
  /** Half of it, in pixels. */
  readonly across: number
  readonly down: number
}

/** @param count peers in the picture */
export function frameOf({ width, height }: Size, count: number): Frame {
  const margin = count > FEW ? { x: MARGIN, y: MARGIN } : NAMED_MARGIN
  const [across, down] = [Math.max(20, width / 2 - margin.x), Math.max(20, height / 2 - margin.y)]
  return {
    middle: { x: width / 2, y: height / 2 },
    across: Math.min(across, down * WIDEST),
    down: Math.min(down, across * HIGHEST),
  }
}

export const toPixels = ({ x, y }: Point, { middle, across, down }: Frame): Point => ({
  x: middle.x + x * across,
  y: middle.y + y * down,
})

export interface Curve {
  readonly from: Point
  readonly control: Point
  readonly to: Point
}

/** The same line whichever end it begins at; `null` if one end is not in the picture. */
export function curveOf(
  one: string,
  other: string,
  { layout, dots, frame }: { layout: Layout; dots: ReadonlyMap<string, Dot>; frame: Frame },
): Curve | null {
  const [from, to] = [dots.get(one), dots.get(other)]
  if (!from || !to) return null
  const [ring, otherRing] = [layout.places.get(one)?.ring ?? 0, layout.places.get(other)?.ring ?? 0]
  const bent = ring === otherRing ? BENT_ON_A_RING : BENT
  const pull = ring === 0 || otherRing === 0 ? STRAIGHT : bent
  const control = { x: ((from.x + to.x) / 2) * pull, y: ((from.y + to.y) / 2) * pull }
  return { from: toPixels(from, frame), control: toPixels(control, frame), to: toPixels(to, frame) }
}

export function pointOn({ from, control, to }: Curve, at: number): Point {
  const [a, b, c] = [(1 - at) ** 2, 2 * (1 - at) * at, at ** 2]
  return { x: a * from.x + b * control.x + c * to.x, y: a * from.y + b * control.y + c * to.y }
}

/**
 * Beside the dot and away from the middle, so that the name keeps off the lines to it; where it would be cut off, above
 * or below.
 */
export function placeOfName({ x, y }: Point, dot: Dot, gap: number, width: number, canvas: Size) {
  const length = Math.hypot(dot.x, dot.y)
  const [outX, outY] = length < 0.01 ? [0, 1] : [dot.x / length, dot.y / length]
  const side = x + Math.sign(outX) * (gap + width)
  if (Math.abs(outX) >= 0.35 && side > 2 && side < canvas.width - 2) {
    return { x: x + outX * gap, y: y + outY * gap, align: outX > 0 ? ('left' as const) : ('right' as const) }
  }
  const within = Math.min(Math.max(x, width / 2 + 4), canvas.width - width / 2 - 4)
  const away = gap + NAME_HEIGHT / 2
  const above = y - away
  const below = y + away
  const isAbove = (outY < 0 && above > NAME_HEIGHT / 2) || below > canvas.height - NAME_HEIGHT / 2
  return { x: within, y: isAbove ? above : below, align: 'center' as const }
}
