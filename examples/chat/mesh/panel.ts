import { element, setShown, setText } from '../../base/dom.ts'
import type { Graph } from './graph.ts'
import type { Journeys } from './journeys.ts'
import { MeshCanvas } from './canvas.ts'
import { describePeer, describeReach, summarise } from './words.ts'
import type { Size } from '../words.ts'

/** The part of the page that shows the mesh, while the person wants to see it. */
export class MeshPanel {
  readonly #panel = element('mesh', HTMLElement)
  readonly #button = element('show-mesh', HTMLButtonElement)
  readonly #summary = element('mesh-summary', HTMLElement)
  readonly #message = element('mesh-message', HTMLElement)
  readonly #peer = element('mesh-peer', HTMLElement)
  readonly #picture = element('mesh-picture', HTMLCanvasElement)
  readonly #canvas: MeshCanvas
  #graph: Graph | null = null
  /** The panel was opened or closed. */
  onToggle: () => void = () => undefined

  constructor() {
    this.#canvas = new MeshCanvas(this.#picture, (id) => {
      this.#describe(id)
    })
    this.#button.addEventListener('click', () => {
      setShown(this.#panel, !this.isOpen)
      this.#button.setAttribute('aria-expanded', `${this.isOpen}`)
      this.onToggle()
    })
  }

  get isOpen(): boolean {
    return !this.#panel.hidden
  }

  show(graph: Graph, journeys: Journeys, size: Size): void {
    this.#graph = graph
    this.#canvas.show(graph, journeys)
    const summary = summarise(graph, size)
    setText(this.#summary, summary)
    this.#picture.setAttribute('aria-label', `The mesh: ${summary}. The arrow keys go from peer to peer.`)
    setText(this.#message, describeReach(journeys.reach, graph))
  }

  /** A message is under way. */
  wake(): void {
    if (this.isOpen) this.#canvas.wake()
  }

  #describe(id: string | null): void {
    setText(this.#peer, id === null || !this.#graph ? '' : describePeer(id, this.#graph))
  }
}
