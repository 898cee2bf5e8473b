import { draw, type Look, type Scene } from './drawing.ts'
import { type Dot, frameOf, toPixels } from './geometry.ts'
import type { Graph } from './graph.ts'
import type { Journeys } from './journeys.ts'
import { type Layout, layOut } from './layout.ts'

/** How fast a peer goes to its place: so many milliseconds for about two thirds of the way. */
const EASE = 160
/** As near as this a peer is at its place: less than a pixel. */
const THERE = 0.001
/** Pixels from a dot within which a pointer means it. */
const NEAR = 20

/** The canvas of the picture: draws what there is, and while something moves, over and over. */
export class MeshCanvas {
  readonly #canvas: HTMLCanvasElement
  readonly #context: CanvasRenderingContext2D
  readonly #onChosen: (id: string | null) => void
  readonly #stillness = matchMedia('(prefers-reduced-motion: reduce)')
  readonly #dots = new Map<string, Dot>()
  #graph: Graph | null = null
  #layout: Layout | null = null
  #journeys: Journeys | null = null
  #look: Look | null = null
  #chosen: string | null = null
  #frame: number | null = null
  #drawnAt = 0

  /** @param onChosen the peer that a pointer or a key has come upon, by its short id; `null` for none any more */
  constructor(canvas: HTMLCanvasElement, onChosen: (id: string | null) => void) {
    const context = canvas.getContext('2d')
    if (!context) throw new Error('This browser draws nothing')
    this.#canvas = canvas
    this.#context = context
    this.#onChosen = onChosen
    new ResizeObserver(() => {
      this.#measure()
    }).observe(this.#frameElement)
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      this.#measure()
    })
    this.#watchPointer()
    this.#watchKeys()
  }

  show(graph: Graph, journeys: Journeys): void {
    this.#graph = graph
    this.#layout = layOut(graph)
    this.#journeys = journeys
    for (const id of this.#dots.keys()) if (!graph.peers.has(id)) this.#dots.delete(id)
    for (const [id, { x, y }] of this.#layout.places) {
      // Who comes grows where it belongs.
      if (!this.#dots.has(id)) this.#dots.set(id, { x, y, size: 0 })
    }
    if (this.#chosen !== null && !graph.peers.has(this.#chosen)) this.#choose(null)
    this.wake()
  }

  /** Something has begun to move. */
  wake(): void {
    this.#frame ??= requestAnimationFrame((now) => {
      this.#frame = null
      this.#draw(now)
    })
  }

  get #frameElement(): Element {
    return this.#canvas.parentElement ?? this.#canvas
  }

  #measure(): void {
    const { clientWidth: width, clientHeight: height } = this.#frameElement
    if (width === 0 || height === 0) return
    const scale = devicePixelRatio
    // Whole pixels, or the browser would stretch the picture, and blur it.
    this.#canvas.style.width = `${width}px`
    this.#canvas.style.height = `${height}px`
    this.#canvas.width = Math.round(width * scale)
    this.#canvas.height = Math.round(height * scale)
    this.#context.setTransform(scale, 0, 0, scale, 0, 0)
    const style = getComputedStyle(this.#canvas)
    const colour = (name: string) => style.getPropertyValue(`--${name}`).trim()
    this.#look = {
      width,
      height,
      font: `${style.fontSize} ${style.fontFamily}`,
      surface: colour('surface'),
      ink: colour('ink'),
      line: colour('field'),
      near: colour('accent'),
      far: colour('mesh-far'),
      pulse: colour('mesh-pulse'),
    }
    // At once: a canvas that is resized is empty.
    this.#draw(performance.now())
  }

  #draw(now: number): void {
    const [graph, layout, look] = [this.#graph, this.#layout, this.#look]
    if (!graph || !layout || !look) return
    const isStill = this.#stillness.matches
    const isMoving = this.#move(layout, isStill ? Infinity : now - this.#drawnAt)
    this.#drawnAt = now
    const hops = this.#journeys?.hops(now) ?? []
    const frame = frameOf(look, graph.peers.size)
    const scene: Scene = { frame, graph, layout, dots: this.#dots, hops, chosen: this.#chosen, now, isStill }
    draw(this.#context, scene, look)
    if (isMoving || hops.length > 0) this.wake()
  }

  /** @returns whether somebody is not yet at its place */
  #move(layout: Layout, elapsed: number): boolean {
    // A page that was hidden goes on where it was.
    const part = elapsed === Infinity ? 1 : 1 - Math.exp(-Math.min(elapsed, 50) / EASE)
    let isMoving = false
    for (const [id, dot] of this.#dots) {
      const { x, y } = layout.places.get(id) ?? dot
      dot.x += (x - dot.x) * part
      dot.y += (y - dot.y) * part
      dot.size += (1 - dot.size) * part
      isMoving ||= Math.max(Math.abs(x - dot.x), Math.abs(y - dot.y), 1 - dot.size) > THERE
    }
    return isMoving
  }

  #choose(id: string | null): void {
    if (id === this.#chosen) return
    this.#chosen = id
    this.#onChosen(id)
    this.wake()
  }

  #watchPointer(): void {
    const choose = ({ offsetX, offsetY }: MouseEvent) => {
      this.#choose(this.#nearest(offsetX, offsetY))
    }
    this.#canvas.addEventListener('pointermove', choose)
    this.#canvas.addEventListener('pointerdown', choose)
    this.#canvas.addEventListener('pointerleave', ({ pointerType }) => {
      // A finger that is lifted has left, and what it has chosen stays.
      if (pointerType === 'mouse') this.#choose(null)
    })
  }

  #nearest(x: number, y: number): string | null {
    const look = this.#look
    if (!look) return null
    const frame = frameOf(look, this.#dots.size)
    let [nearest, least]: [string | null, number] = [null, NEAR]
    for (const [id, dot] of this.#dots) {
      const point = toPixels(dot, frame)
      const distance = Math.hypot(point.x - x, point.y - y)
      if (distance < least) [nearest, least] = [id, distance]
    }
    return nearest
  }

  /** The arrows go from peer to peer, from the middle outwards and around. */
  #watchKeys(): void {
    const steps: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }
    this.#canvas.addEventListener('keydown', (event) => {
      const step = steps[event.key]
      if (event.key === 'Escape') this.#choose(null)
      if (step === undefined) return
      event.preventDefault()
      const ids = [...(this.#layout?.places.keys() ?? [])]
      const at = this.#chosen === null ? (step > 0 ? -1 : 0) : ids.indexOf(this.#chosen)
      this.#choose(ids.at((at + step) % ids.length) ?? null)
    })
    this.#canvas.addEventListener('blur', () => {
      this.#choose(null)
    })
  }
}
