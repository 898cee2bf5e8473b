import { join, type Mesh } from 'edgeswarm'
import { roomApp } from './app.ts'
import type { Conversation } from './conversation.ts'
import { askForHistory, History } from './history.ts'
import type { OwnMessages } from './own.ts'
import type { MeshPanel } from './mesh/panel.ts'
import type { People } from './people.ts'
import { trackerProblem, publishProblem } from './problems.ts'
import {
  type Message,
  nameOf,
  newMessage,
  type Profile,
  readMessage,
  swarmOf,
  TOPIC,
  withSaneTime,
} from './protocol.ts'
import { TransferCard } from './transfer-card.ts'
import { Transfers } from './transfers.ts'
import { Watch } from './mesh/watch.ts'

/** How often the round-trip times are shown anew, in milliseconds: the mesh measures them every few seconds. */
const REFRESH = 1000

/** What a session shows itself by. */
export interface Views {
  readonly conversation: Conversation
  readonly people: People
  readonly picture: MeshPanel
  readonly own: OwnMessages
  /** Something to know, for as long as it lasts; `null` when it is over. */
  readonly warn: (text: string | null) => void
  /** Someone else said or sent something. */
  readonly heard: () => void
}

/** This page in one room. */
export class Session {
  readonly #mesh: Mesh<Profile>
  readonly #views: Views
  readonly #history = new History()
  readonly #names = new Map<string, string>()
  readonly #transfers: Transfers
  readonly #watch: Watch
  readonly #refresh: ReturnType<typeof setInterval>

  /** @throws what `join` throws, or the reason of `signal` */
  static async open(room: string, name: string, views: Views, signal: AbortSignal): Promise<Session> {
    return new Session(await join(swarmOf(room), { tracker: location.origin, metadata: { name }, signal }), views)
  }

  private constructor(mesh: Mesh<Profile>, views: Views) {
    this.#mesh = mesh
    this.#views = views
    this.#transfers = new Transfers(mesh, (direction, { name, size }, peerName) => {
      const card = new TransferCard({ direction, name, size, peerName })
      views.conversation.addTransfer(card)
      if (direction === 'received') views.heard()
      return card
    })
    const hear = ({ data }: { readonly data: unknown }) => {
      const message = readMessage(data)
      if (message) this.#show([withSaneTime(message, Date.now())])
    }
    mesh.topic(TOPIC).subscribe(hear, { history: true })
    this.#watch = new Watch(mesh, views.picture)
    const app = roomApp(this.#history, (offer) => this.#transfers.receive(offer))
    mesh.serve((request, context) => app.fetch(request, context))
    askForHistory(mesh, (messages) => {
      this.#show(messages)
    })
    this.#watchPeers()
    this.#refresh = setInterval(() => {
      this.#showPeople()
    }, REFRESH)
    this.#showPeople()
  }

  get isBusy(): boolean {
    return this.#transfers.isBusy
  }

  async say(text: string): Promise<void> {
    const message = newMessage(this.#mesh.metadata.name, text)
    this.#views.own.add(message.id)
    this.#show([message])
    this.#watch.said(message)
    try {
      await this.#mesh.topic<Message>(TOPIC).publish(message)
    } catch (error) {
      this.#views.conversation.addLine(publishProblem(error))
    }
  }

  rename(name: string): void {
    this.#mesh.setMetadata({ name })
  }

  sendFiles(peer: string, files: readonly File[]): void {
    for (const file of files) void this.#transfers.send(peer, file)
  }

  async leave(): Promise<void> {
    clearInterval(this.#refresh)
    this.#watch.close()
    await this.#mesh.leave()
  }

  #show(messages: readonly Message[]): void {
    const { conversation, own, heard } = this.#views
    for (const message of this.#history.add(messages)) {
      conversation.addMessage(message, own.has(message.id))
      if (!own.has(message.id)) heard()
    }
  }

  #watchPeers(): void {
    const { conversation, warn } = this.#views
    const mesh = this.#mesh
    mesh.on('join', (peer) => {
      this.#names.set(peer.id, nameOf(peer))
      // Of a large room only some are known, and not always the same.
      if (mesh.presence.isExact) conversation.addNotice('came', nameOf(peer))
      this.#showPeople()
    })
    mesh.on('leave', (peer) => {
      this.#names.delete(peer.id)
      if (mesh.presence.isExact) conversation.addNotice('left', nameOf(peer))
      this.#showPeople()
    })
    mesh.on('metadata', (peer) => {
      const [before, name] = [this.#names.get(peer.id), nameOf(peer)]
      if (before === name) return
      this.#names.set(peer.id, name)
      if (before !== undefined) conversation.addLine(`${before} is now ${name}`)
      this.#showPeople()
    })
    mesh.on('tracker', ({ problem }) => {
      warn(problem === null ? null : trackerProblem(mesh.peers.size === 0))
    })
  }

  #showPeople(): void {
    const people = [...this.#mesh.peers.values()].map((peer) => ({
      id: peer.id,
      name: nameOf(peer),
      isLinked: peer.isLinked,
      roundTrip: peer.roundTrip,
    }))
    this.#views.people.show(people, this.#mesh.presence)
  }
}
