import type { Mesh } from 'edgeswarm'
import { graphOf } from './graph.ts'
import { Journeys } from './journeys.ts'
import { MESH_TOPIC, type MeshReport, readReport, shortOf, WATCH_EVERY } from './protocol.ts'
import type { MeshPanel } from './panel.ts'
import { type Message, nameOf, type Profile, readMessage, TOPIC } from '../protocol.ts'
import { reportMesh, TOGETHER } from './reporter.ts'

/** How often the picture is brought up to date, in milliseconds. */
const REFRESH = 500
/** Peers whose links are kept: as many as a room shows. */
const MAX_TOLD = 256

/** The mesh of one room as its peers tell of it, for the panel to show; and what this page tells the others. */
export class Watch {
  readonly #mesh: Mesh<Profile>
  readonly #panel: MeshPanel
  /** By short id, whom each is linked to as it says. */
  readonly #told = new Map<string, readonly string[]>()
  readonly #journeys = new Journeys()
  readonly #refresh: ReturnType<typeof setInterval>
  #watchedAt = -Infinity

  constructor(mesh: Mesh<Profile>, panel: MeshPanel) {
    this.#mesh = mesh
    this.#panel = panel
    reportMesh(mesh)
    const hear = ({ from, data }: { readonly from: string; readonly data: unknown }) => {
      this.#hear(shortOf(from), readReport(data))
    }
    mesh.topic(MESH_TOPIC).subscribe(hear, { history: true })
    mesh.topic(TOPIC).subscribe(({ from, via, data }) => {
      const message = readMessage(data)
      if (!message || via === null) return
      this.#begin(message, from)
      this.#journeys.report(shortOf(mesh.id), { id: shortOf(message.id), via: shortOf(via) }, performance.now())
    })
    mesh.on('leave', ({ id }) => this.#told.delete(shortOf(id)))
    panel.onToggle = () => {
      this.#watchedAt = -Infinity
      this.#show()
    }
    this.#refresh = setInterval(() => {
      this.#show()
    }, REFRESH)
    this.#show()
  }

  /** This page has said something. */
  said(message: Message): void {
    this.#begin(message, this.#mesh.id)
  }

  close(): void {
    clearInterval(this.#refresh)
    this.#panel.onToggle = () => undefined
  }

  #hear(from: string, report: MeshReport | null): void {
    if (report?.type === 'links') {
      this.#told.set(from, report.links)
      if (this.#told.size > MAX_TOLD) this.#forgetOne()
    } else if (report?.type === 'heard') {
      const now = performance.now()
      for (const heard of report.heard) this.#journeys.report(from, heard, now)
      this.#panel.wake()
    }
  }

  /** Rather one that is not here: a report may come before its author is known. */
  #forgetOne(): void {
    const known = new Set([...this.#mesh.peers.keys()].map(shortOf))
    const ids = [...this.#told.keys()]
    this.#told.delete(ids.find((id) => !known.has(id)) ?? ids[0] ?? '')
  }

  #begin({ id }: Message, author: string): void {
    if (!this.#panel.isOpen) return
    // Peers tell a moment later what they have heard, all that came in it at once.
    this.#journeys.begin(shortOf(id), shortOf(author), performance.now() + TOGETHER)
    this.#panel.wake()
  }

  #show(): void {
    if (!this.#panel.isOpen) return
    const now = performance.now()
    if (now - this.#watchedAt >= WATCH_EVERY) {
      this.#watchedAt = now
      void this.#mesh.topic<MeshReport>(MESH_TOPIC).publish({ type: 'watch' })
    }
    const others = [...this.#mesh.peers.values()].map((peer) => ({
      id: shortOf(peer.id),
      name: nameOf(peer),
      isLinked: peer.isLinked,
    }))
    this.#panel.show(graphOf(shortOf(this.#mesh.id), others, this.#told), this.#journeys, this.#mesh.presence)
  }
}
