import { EdgeswarmError, type Mesh } from 'edgeswarm'
import { type Decision, exactly, type Offer } from './app.ts'
import {
  encodeFileName,
  FILE_NAME_HEADER,
  FILE_SIZE_HEADER,
  FILES_PATH,
  MAX_DECLINED_REASON,
  nameOf,
  type Profile,
  RECEIVED,
} from './protocol.ts'
import type { TransferCard } from './transfer-card.ts'

/** Files that one peer may ask about at a time: more would only cover the conversation. */
const MAX_OFFERS = 3

/** Makes the place in the conversation that shows a file on its way. */
export type NewCard = (
  direction: 'sent' | 'received',
  file: { name: string; size: number },
  peerName: string,
) => TransferCard

/** The files on their way between this page and its peers. */
export class Transfers {
  readonly #mesh: Mesh<Profile>
  readonly #newCard: NewCard
  readonly #offersOf = new Map<string, number>()
  #running = 0

  constructor(mesh: Mesh<Profile>, newCard: NewCard) {
    this.#mesh = mesh
    this.#newCard = newCard
  }

  /** Whether leaving now would break something off. */
  get isBusy(): boolean {
    return this.#running > 0
  }

  /** Asks the peer whether it wants the file, and sends it. */
  async send(peerId: string, file: File): Promise<void> {
    const peer = this.#mesh.peers.get(peerId)
    const name = peer ? nameOf(peer) : 'That peer'
    const card = this.#newCard('sent', file, name)
    const cancel = this.#cancelFor(peerId)
    card.onCancel = () => {
      cancel.abort()
    }
    this.#running++
    try {
      const response = await this.#post(peerId, file, card, cancel.signal)
      if (!response.ok) {
        card.end(declinedText(name, response.status, (await response.text()).slice(0, MAX_DECLINED_REASON)))
        return
      }
      card.accepted()
      if ((await response.text()) === RECEIVED) card.done(null)
      else card.end(`${name} stopped receiving it. Send it again if they want it.`)
    } catch (error) {
      card.end(this.#sendProblem(peerId, name, cancel.signal.aborted, error))
    } finally {
      this.#running--
      cancel.abort()
    }
  }

  #post(peerId: string, file: File, card: TransferCard, signal: AbortSignal): Promise<Response> {
    return this.#mesh.fetch(peerId, FILES_PATH, {
      method: 'POST',
      headers: { [FILE_NAME_HEADER]: encodeFileName(file.name), [FILE_SIZE_HEADER]: `${file.size}` },
      body: file,
      signal,
      // Messages pass first.
      priority: 'low',
      // A person is asked, and then the file takes its time.
      timeout: Infinity,
      idleTimeout: Infinity,
      onProgress: ({ direction, bytes }) => {
        if (direction === 'sent') card.moved(bytes)
      },
    })
  }

  /** Aborted by a person, and when the peer leaves. To be aborted at the end too, so that nobody listens on. */
  #cancelFor(peerId: string): AbortController {
    const cancel = new AbortController()
    const onLeave = ({ id }: { readonly id: string }) => {
      if (id === peerId) cancel.abort()
    }
    this.#mesh.on('leave', onLeave, { signal: cancel.signal })
    return cancel
  }

  #sendProblem(peerId: string, name: string, isCancelled: boolean, error: unknown): string {
    if (!this.#mesh.peers.has(peerId)) return `${name} left before all of it had arrived. Send it when they are back.`
    if (isCancelled) return 'You cancelled it.'
    if (error instanceof DOMException) return 'The file can’t be read any more. Choose it again.'
    const code = error instanceof EdgeswarmError ? error.code : null
    if (code === 'ERR_REFUSED') return `${name} takes no files.`
    if (code === 'ERR_UNREACHABLE') return `No way to ${name} could be made. Try again in a moment.`
    return `${name} stopped receiving it. Send it again if they want it.`
  }

  /** A peer would like to send a file: the person decides. */
  async receive(offer: Offer): Promise<Decision> {
    const { peer, name, size, signal } = offer
    const waiting = this.#offersOf.get(peer.id) ?? 0
    if (waiting >= MAX_OFFERS) return { declined: 'Wait until I have answered to the other files.' }
    this.#offersOf.set(peer.id, waiting + 1)
    const card = this.#newCard('received', { name, size }, nameOf(peer))
    const gone = this.#cancelFor(peer.id)
    const isAccepted = await card.decision(AbortSignal.any([signal, gone.signal]))
    gone.abort()
    this.#offersOf.set(peer.id, (this.#offersOf.get(peer.id) ?? 1) - 1)
    if (isAccepted) return { receiving: this.#take(offer, card) }
    if (!this.#mesh.peers.has(peer.id)) card.end(`${nameOf(peer)} left before you answered.`)
    else card.end(signal.aborted ? `${nameOf(peer)} took it back before you answered.` : 'You declined it.')
    return { declined: '' }
  }

  async #take({ peer, size, body, signal }: Offer, card: TransferCard): Promise<void> {
    const cancel = this.#cancelFor(peer.id)
    card.onCancel = () => {
      cancel.abort()
    }
    card.accepted()
    this.#running++
    try {
      const counted = body.pipeThrough(
        exactly(size, (bytes) => {
          card.moved(bytes)
        }),
        { signal: cancel.signal },
      )
      // No type: the browser saves it and never opens it as a page.
      card.done(await new Response(counted).blob())
    } catch (error) {
      card.end(this.#receiveProblem(peer.id, nameOf(peer), cancel.signal.aborted, signal.aborted))
      throw error
    } finally {
      this.#running--
      cancel.abort()
    }
  }

  #receiveProblem(peerId: string, name: string, isCancelled: boolean, isTakenBack: boolean): string {
    if (!this.#mesh.peers.has(peerId)) return `${name} left before all of it had arrived. Ask for it again.`
    if (isCancelled) return 'You cancelled it.'
    if (isTakenBack) return `${name} cancelled it.`
    return 'This browser could not keep it. Free some space and ask for it again.'
  }
}

function declinedText(name: string, status: number, reason: string): string {
  if (status !== 403) return `${name} could not take it. Try again later.`
  return reason === '' ? `${name} declined it.` : `${name} declined it: ${reason}`
}
