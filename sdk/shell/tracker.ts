import type { InfoHash, OfferId, PeerId } from '../../protocol/ids.ts'
import type { Signal } from '../../protocol/mesh/control.ts'
import {
  decodeTrackerMessage,
  encodeAnnounce,
  encodeAnswerTo,
  encodeDial,
  type TrackerMessage,
} from '../../protocol/websocket/reply.ts'
import { handle, newTrackerState, type TrackerEffect, type TrackerEvent } from '../core/tracker.ts'

/** What a swarm is told by a tracker, and asked. */
export interface TrackerListener {
  /** Others that the tracker named; `null` from one that does not know the rendezvous extension. */
  announced(peers: readonly PeerId[] | null, count: number): void
  signal(from: PeerId, signal: Signal): void
  /** The dial of this offer was refused. */
  refused(offerId: OfferId, to: PeerId, reason: string): void
  /** The tracker refused the swarm, or can't be reached. */
  failed(reason: string): void
  /** Offers to give to whoever is there. */
  offers(): Promise<readonly { offerId: OfferId; sdp: string }[]>
}

interface Entry {
  readonly listener: TrackerListener
  trackerId: string | null
}

/** Ids of others that an announce asks for: as many as a full mesh has, and a few that may be gone. */
const PEERS_WANTED = 40

/** A tracker closes a socket that is sent much and says nothing (rule G10): by then it is told something. */
const MAX_UNREAD = 262_144

/** The socket to one tracker. */
export class Tracker {
  readonly url: string
  readonly #own: PeerId
  /** By which the peer id may move to a new socket (rule P2). */
  readonly #key: string
  readonly #state = newTrackerState()
  readonly #entries = new Map<InfoHash, Entry>()
  #socket: WebSocket | null = null
  /** Characters that came since something was sent. */
  #unread = 0

  constructor(url: string, own: PeerId, key: string) {
    this.url = url
    this.#own = own
    this.#key = key
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0
  }

  /** Whether a peer can be dialled by its id here. */
  mayDial(infoHash: InfoHash): boolean {
    return this.#state.connection === 'open' && this.#state.swarms.get(infoHash)?.isRendezvous === true
  }

  enter(infoHash: InfoHash, listener: TrackerListener): void {
    this.#entries.set(infoHash, { listener, trackerId: null })
    this.#run({ type: 'enter', infoHash })
  }

  leave(infoHash: InfoHash): void {
    this.#run({ type: 'leave', infoHash })
    this.#entries.delete(infoHash)
  }

  /** Announces now, as somebody is looked for. */
  ask(infoHash: InfoHash): void {
    this.#run({ type: 'ask', infoHash })
  }

  tick(): void {
    this.#run({ type: 'tick' })
  }

  /** The network is back. */
  online(): void {
    this.#run({ type: 'online' })
  }

  send(infoHash: InfoHash, toPeerId: PeerId, { kind, id: offerId, sdp }: Signal): void {
    const fields = { infoHash, peerId: this.#own, toPeerId, offerId, sdp }
    if (kind === 'offer') this.#say(encodeDial(fields))
    if (kind === 'answer') this.#say(encodeAnswerTo(fields))
  }

  #run(event: TrackerEvent): void {
    for (const effect of handle(this.#state, event, performance.now(), Math.random)) this.#apply(effect)
  }

  #apply(effect: TrackerEffect): void {
    switch (effect.type) {
      case 'connect':
        this.#connect()
        return
      case 'disconnect':
        this.#disconnect()
        return
      case 'ping':
        this.#say('ping')
        return
      case 'announce':
        void this.#announce(effect)
        return
      case 'stop':
        this.#say(encodeAnnounce({ ...this.#fieldsOf(effect.infoHash), event: 'stopped', offers: [], numwant: 0 }))
    }
  }

  #connect(): void {
    let socket: WebSocket
    try {
      socket = new WebSocket(this.url)
    } catch (error) {
      // A page on https may open no ws: socket, for one.
      queueMicrotask(() => {
        this.#lost(String(error))
      })
      return
    }
    this.#socket = socket
    const isCurrent = () => this.#socket === socket
    socket.addEventListener('open', () => {
      if (isCurrent()) this.#run({ type: 'opened' })
    })
    socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (isCurrent() && typeof data === 'string') this.#receive(data)
    })
    socket.addEventListener('close', ({ code, reason }) => {
      if (isCurrent()) this.#lost(reason === '' ? `it closed the connection (${code})` : reason)
    })
    // The reason follows with the close, as far as the platform tells it.
    socket.addEventListener('error', () => undefined)
  }

  #disconnect(): void {
    const socket = this.#socket
    const wasWanted = this.#entries.size > 0 && this.#state.swarms.size > 0
    this.#socket = null
    socket?.close()
    if (wasWanted) this.#lost('it does not answer')
  }

  #lost(reason: string): void {
    this.#socket = null
    this.#run({ type: 'closed' })
    for (const { listener } of this.#entries.values()) listener.failed(reason)
  }

  #say(text: string): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return
    if (text !== 'ping') this.#unread = 0
    this.#socket.send(text)
  }

  async #announce({ infoHash, event, isStock }: Extract<TrackerEffect, { type: 'announce' }>): Promise<void> {
    const offers = isStock ? ((await this.#entries.get(infoHash)?.listener.offers()) ?? []) : []
    const numwant = isStock ? offers.length : PEERS_WANTED
    this.#say(encodeAnnounce({ ...this.#fieldsOf(infoHash), event, offers, numwant }))
  }

  #fieldsOf(infoHash: InfoHash) {
    const trackerId = this.#entries.get(infoHash)?.trackerId ?? null
    return { infoHash, peerId: this.#own, rendezvous: true, key: this.#key, left: null, trackerId }
  }

  #receive(text: string): void {
    this.#run({ type: 'heard' })
    this.#unread += text.length
    const [infoHash] = this.#entries.keys()
    if (this.#unread > MAX_UNREAD && infoHash !== undefined) this.ask(infoHash)
    const message = decodeTrackerMessage(text)
    if (message?.kind === 'failure' && message.infoHash === null) {
      for (const { listener } of this.#entries.values()) listener.failed(message.reason)
    }
    if (message?.infoHash === undefined || message.infoHash === null) return
    const entry = this.#entries.get(message.infoHash)
    if (entry) this.#serve(message.infoHash, entry, message)
  }

  #serve(infoHash: InfoHash, entry: Entry, message: TrackerMessage): void {
    const { listener } = entry
    switch (message.kind) {
      case 'announced':
        entry.trackerId = message.trackerId ?? entry.trackerId
        this.#run({ type: 'announced', infoHash, interval: message.interval, isRendezvous: message.peers !== null })
        listener.announced(message.peers, message.complete + message.incomplete)
        return
      case 'offer':
      case 'answer':
        listener.signal(message.peerId, { kind: message.kind, id: message.offerId, sdp: message.sdp })
        return
      case 'failure':
        if (message.offerId !== null && message.toPeerId !== null) {
          listener.refused(message.offerId, message.toPeerId, message.reason)
          return
        }
        this.#run({ type: 'failed', infoHash, retryIn: message.retryIn })
        listener.failed(message.reason)
        return
      case 'warning':
        return
    }
  }
}
