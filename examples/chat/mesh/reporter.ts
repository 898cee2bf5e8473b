import type { Mesh } from 'edgeswarm'
import {
  type Heard,
  MAX_HEARD,
  MAX_LINKS,
  MAX_ROOM,
  MESH_TOPIC,
  type MeshReport,
  readReport,
  shortOf,
  WATCHED_FOR,
} from './protocol.ts'
import { type Profile, readMessage, TOPIC } from '../protocol.ts'

/** How often a peer looks whether its links have changed, and how seldom it tells of them; in milliseconds. */
const LOOK_EVERY = 1000
const TELL_AT_MOST_EVERY = 2000
/** What is heard within so long is told of at once. */
export const TOGETHER = 500
/** Pages that are known to watch; that there are more changes nothing for them. */
const MAX_WATCHERS = 64

/**
 * Tells whoever looks at the picture of the mesh whom this peer is linked to, and which way messages come to it. The
 * page and the bot do so until they leave.
 */
export function reportMesh(mesh: Mesh<Profile>): void {
  const topic = mesh.topic<MeshReport>(MESH_TOPIC)
  const watchers = new Watchers()
  const links = new LinksTeller(mesh)
  const isWatched = () => watchers.areThere && mesh.presence.count <= MAX_ROOM
  let heard: Heard[] = []
  let timer: ReturnType<typeof setTimeout> | undefined

  const hear = ({ from, data }: { readonly from: string; readonly data: unknown }) => {
    if (readReport(data)?.type === 'watch' && watchers.add(from)) links.tellAnew()
  }
  // Somebody may have begun to watch before this peer came.
  topic.subscribe(hear, { history: true })
  mesh.topic(TOPIC).subscribe(({ via, data }) => {
    const message = readMessage(data)
    if (!message || via === null || !isWatched() || heard.length >= MAX_HEARD) return
    heard.push({ id: shortOf(message.id), via: shortOf(via) })
    timer ??= setTimeout(() => {
      timer = undefined
      void topic.publish({ type: 'heard', heard })
      heard = []
    }, TOGETHER)
  })
  const looking = setInterval(() => {
    if (isWatched()) links.tellChange()
  }, LOOK_EVERY)
  mesh.on('close', () => {
    clearInterval(looking)
    clearTimeout(timer)
  })
}

class Watchers {
  /** When each last said that it watches, as `performance.now()` gives it. */
  readonly #saidAt = new Map<string, number>()

  /** @returns whether it had not said so lately */
  add(peer: string): boolean {
    this.#forgetThoseGone()
    const isNew = !this.#saidAt.has(peer)
    if (!isNew || this.#saidAt.size < MAX_WATCHERS) this.#saidAt.set(peer, performance.now())
    return isNew
  }

  get areThere(): boolean {
    this.#forgetThoseGone()
    return this.#saidAt.size > 0
  }

  #forgetThoseGone(): void {
    const now = performance.now()
    for (const [peer, at] of this.#saidAt) if (now - at > WATCHED_FOR) this.#saidAt.delete(peer)
  }
}

class LinksTeller {
  readonly #mesh: Mesh<Profile>
  #told: string | null = null
  #toldAt = -Infinity

  constructor(mesh: Mesh<Profile>) {
    this.#mesh = mesh
  }

  /** Somebody has not heard what was told before. */
  tellAnew(): void {
    this.#told = null
  }

  tellChange(): void {
    const now = performance.now()
    if (now - this.#toldAt < TELL_AT_MOST_EVERY) return
    const linked = [...this.#mesh.peers.values()].filter(({ isLinked }) => isLinked)
    const links = linked
      .map(({ id }) => shortOf(id))
      .sort()
      .slice(0, MAX_LINKS)
    if (links.join() === this.#told) return
    this.#told = links.join()
    this.#toldAt = now
    void this.#mesh.topic<MeshReport>(MESH_TOPIC).publish({ type: 'links', links })
  }
}
