import { type Control, MAX_STREAMS, type SwarmNumber } from '../../protocol/mesh/control.ts'
import type { PeerId } from '../../protocol/ids.ts'
import type { Link } from './link.ts'
import type { Swarm } from './swarm.ts'

type MediaControl = Extract<Control, { type: 'media' }>

/** The media that pass between this peer and others: the part of the SDK that is loaded only where it is used. */
export class Media {
  readonly #own: PeerId
  readonly #onStream: (link: Link, number: SwarmNumber, stream: MediaStream) => void
  readonly #links = new Map<Link, LinkMedia>()
  readonly #streams = new Map<MediaStream, Swarm>()

  /** @param onStream is told of a stream and what the other side calls the swarm that it is for */
  constructor(own: PeerId, onStream: (link: Link, number: SwarmNumber, stream: MediaStream) => void) {
    this.#own = own
    this.#onStream = onStream
  }

  /** Passes the stream to all members of the swarm, those that come later too. */
  add(stream: MediaStream, swarm: Swarm): void {
    this.#streams.set(stream, swarm)
    this.refresh()
  }

  remove(stream: MediaStream): void {
    this.#streams.delete(stream)
    this.refresh()
  }

  /** Brings every link up to date: who came, what was added, and which connection carries it now. */
  refresh(): void {
    const wanted = new Map<Link, Map<MediaStream, Swarm>>()
    for (const [stream, swarm] of this.#streams) {
      for (const { link } of swarm.members.values()) {
        wanted.set(link, (wanted.get(link) ?? new Map<MediaStream, Swarm>()).set(stream, swarm))
      }
    }
    for (const link of wanted.keys()) this.#of(link)
    for (const [link, media] of this.#links) {
      if (link.isClosed) this.#links.delete(link)
      else media.carry(wanted.get(link) ?? new Map<MediaStream, Swarm>())
    }
  }

  async receive(link: Link, control: MediaControl): Promise<void> {
    await this.#of(link).receive(control)
  }

  #of(link: Link): LinkMedia {
    let media = this.#links.get(link)
    if (!media) {
      media = new LinkMedia(link, this.#own > link.peer, this.#onStream)
      this.#links.set(link, media)
    }
    return media
  }
}

/** The media of one link, by perfect negotiation (WebRTC §10.7) over the link itself. */
class LinkMedia {
  readonly #link: Link
  readonly #isPolite: boolean
  readonly #onStream: (link: Link, number: SwarmNumber, stream: MediaStream) => void
  readonly #told = new Map<string, SwarmNumber>()
  #streams: ReadonlyMap<MediaStream, Swarm> = new Map()
  #native: RTCPeerConnection | null = null
  #isOffering = false

  constructor(link: Link, isPolite: boolean, onStream: (link: Link, number: SwarmNumber, stream: MediaStream) => void) {
    this.#link = link
    this.#isPolite = isPolite
    this.#onStream = onStream
  }

  /** Passes these streams, on the connection that carries the link now. */
  carry(streams: ReadonlyMap<MediaStream, Swarm>): void {
    this.#streams = streams
    const native = this.#link.connection?.native ?? null
    if (native !== this.#native) this.#listen(native)
    if (!native) return
    const wanted = new Map([...streams.keys()].flatMap((stream) => stream.getTracks().map((track) => [track, stream])))
    for (const sender of native.getSenders()) {
      if (sender.track && !wanted.delete(sender.track)) native.removeTrack(sender)
    }
    for (const [track, stream] of wanted) native.addTrack(track, stream)
  }

  #listen(native: RTCPeerConnection | null): void {
    this.#native = native
    native?.addEventListener('negotiationneeded', () => {
      void this.#offer(native)
    })
    native?.addEventListener('track', ({ streams }) => {
      for (const stream of streams) {
        const number = this.#told.get(stream.id)
        if (number !== undefined) this.#onStream(this.#link, number, stream)
      }
    })
  }

  async #offer(native: RTCPeerConnection): Promise<void> {
    this.#isOffering = true
    try {
      await native.setLocalDescription()
      this.#say(native)
    } catch {
      // The connection was closed meanwhile: the one that replaces it begins anew.
    } finally {
      this.#isOffering = false
    }
  }

  #say(native: RTCPeerConnection): void {
    const { type = 'offer', sdp = '' } = native.localDescription ?? {}
    if (type !== 'offer' && type !== 'answer') return
    const streams = [...this.#streams].map(([{ id }, { number }]) => ({ id, swarm: number }))
    this.#link.control({ type: 'media', kind: type, sdp, streams })
  }

  async receive({ kind, sdp, streams }: MediaControl): Promise<void> {
    this.carry(this.#streams)
    const native = this.#native
    if (!native) return
    const collides = kind === 'offer' && (this.#isOffering || native.signalingState !== 'stable')
    if ((collides && !this.#isPolite) || !hasSameFingerprint(native, sdp)) return
    for (const { id, swarm } of streams) if (this.#told.size < MAX_STREAMS) this.#told.set(id, swarm)
    await native.setRemoteDescription({ type: kind, sdp })
    if (kind !== 'offer') return
    await native.setLocalDescription()
    this.#say(native)
  }
}

/** Media must come from the one whose key was proved: every certificate is the one that the link has. */
function hasSameFingerprint({ currentRemoteDescription }: RTCPeerConnection, sdp: string): boolean {
  const known = fingerprints(currentRemoteDescription?.sdp ?? '')
  return known.length > 0 && fingerprints(sdp).every((fingerprint) => fingerprint === known[0])
}

const fingerprints = (sdp: string): string[] =>
  sdp.match(/^a=fingerprint:.*$/gm)?.map((line) => line.trim().toUpperCase()) ?? []
