import { type Control, MAX_STREAMS, type SwarmNumber } from '../../protocol/mesh/control.ts'
import type { PeerId } from '../../protocol/ids.ts'
import type { Link } from './link.ts'
import type { Swarm } from './swarm.ts'

type MediaControl = Extract<Control, { type: 'media' }>

/** Is told of a stream that came, and what the other side calls the swarm that it is for. */
type OnStream = (link: Link, number: SwarmNumber, stream: MediaStream) => void

/** A stream of ours that goes over a link, and what this side calls the swarm that it is for. */
interface Passed {
  readonly stream: MediaStream
  readonly swarm: SwarmNumber
}

/** The media that pass between this peer and others: the part of the SDK that is loaded only where it is used. */
export class Media {
  readonly #own: PeerId
  readonly #onStream: OnStream
  readonly #links = new Map<Link, LinkMedia>()
  readonly #streams = new Map<Swarm, Set<MediaStream>>()

  constructor(own: PeerId, onStream: OnStream) {
    this.#own = own
    this.#onStream = onStream
  }

  /** Passes the stream to all members of the swarm, those that come later too. */
  add(stream: MediaStream, swarm: Swarm): void {
    this.#streams.set(swarm, (this.#streams.get(swarm) ?? new Set()).add(stream))
    this.refresh()
  }

  remove(stream: MediaStream, swarm: Swarm): void {
    const streams = this.#streams.get(swarm)
    streams?.delete(stream)
    if (streams?.size === 0) this.#streams.delete(swarm)
    this.refresh()
  }

  /** Brings every link up to date: who came, what was added, and which connection carries it now. */
  refresh(): void {
    const wanted = new Map<Link, Passed[]>()
    for (const [{ number: swarm, members }, streams] of this.#streams) {
      const passed = [...streams].map((stream) => ({ stream, swarm }))
      for (const { link } of members.values()) wanted.set(link, [...(wanted.get(link) ?? []), ...passed])
    }
    for (const link of wanted.keys()) this.#of(link)
    for (const [link, media] of this.#links) {
      if (link.isClosed) this.#links.delete(link)
      else media.carry((wanted.get(link) ?? []).slice(0, MAX_STREAMS))
    }
  }

  receive(link: Link, control: MediaControl): void {
    this.#of(link).receive(control)
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
  readonly #onStream: OnStream
  #native: RTCPeerConnection | null = null
  #passed: readonly Passed[] = []
  /** What the last description said of `#passed`. */
  #said = ''
  #isOffering = false
  /** Descriptions one after the other. Those of a connection that was closed may never settle, and hold up no other. */
  #inbox: Promise<void> = Promise.resolve()
  /** Streams of the other side, by their ids, and those that were told of, by swarm and id. */
  readonly #arrived = new Map<string, MediaStream>()
  #told = new Set<string>()

  constructor(link: Link, isPolite: boolean, onStream: OnStream) {
    this.#link = link
    this.#isPolite = isPolite
    this.#onStream = onStream
  }

  /** Passes these streams, on the connection that carries the link now. */
  carry(passed: readonly Passed[]): void {
    this.#passed = passed
    const native = this.#follow()
    if (!native) return
    const wanted = new Map(passed.flatMap(({ stream }) => stream.getTracks().map((track) => [track, stream])))
    for (const transceiver of native.getTransceivers()) {
      const { sender, direction } = transceiver
      if (direction === 'stopped' || !sender.track || wanted.delete(sender.track)) continue
      transceiver.stop()
    }
    // Each has a transceiver of its own, of one direction: to stop it ends the track at the other side, and no other.
    for (const [track, stream] of wanted) native.addTransceiver(track, { direction: 'sendonly', streams: [stream] })
    // A stream that is now for another swarm too is news, though the connection needs no negotiation.
    if (this.#said !== listOf(passed) && native.signalingState === 'stable') void this.#offer(native)
  }

  /** The connection that carries the link now. One that is new knows of no media yet. */
  #follow(): RTCPeerConnection | null {
    const native = this.#link.connection?.native ?? null
    if (native === this.#native) return native
    this.#native = native
    this.#said = ''
    this.#isOffering = false
    this.#inbox = Promise.resolve()
    this.#arrived.clear()
    this.#told.clear()
    native?.addEventListener('negotiationneeded', () => {
      void this.#offer(native)
    })
    native?.addEventListener('track', ({ streams }) => {
      for (const stream of streams) this.#arrived.set(stream.id, stream)
    })
    return native
  }

  async #offer(native: RTCPeerConnection): Promise<void> {
    if (native !== this.#native || this.#isOffering) return
    this.#isOffering = true
    try {
      await native.setLocalDescription()
      // An offer of the other side may have taken its place meanwhile.
      if (native === this.#native && native.signalingState === 'have-local-offer') this.#say(native)
    } catch {
      // The connection was closed meanwhile: the one that replaces it begins anew.
    } finally {
      if (native === this.#native) this.#isOffering = false
    }
  }

  #say({ localDescription }: RTCPeerConnection): void {
    const { type, sdp } = localDescription ?? {}
    if ((type !== 'offer' && type !== 'answer') || sdp === undefined) return
    const streams = this.#passed.map(({ stream: { id }, swarm }) => ({ id, swarm }))
    this.#said = listOf(this.#passed)
    this.#link.control({ type: 'media', kind: type, sdp, streams })
  }

  receive(control: MediaControl): void {
    const native = this.#follow()
    if (!native) return
    this.#inbox = this.#inbox.then(async () => {
      if (native !== this.#native) return
      try {
        await this.#receive(native, control)
      } catch {
        if (native.signalingState !== 'closed') this.#link.fail('a media description that can not be used')
      }
    })
  }

  async #receive(native: RTCPeerConnection, { kind, sdp, streams }: MediaControl): Promise<void> {
    const collides = kind === 'offer' && (this.#isOffering || native.signalingState !== 'stable')
    if ((collides && !this.#isPolite) || !hasSameFingerprint(native, sdp)) return
    await native.setRemoteDescription({ type: kind, sdp })
    if (native !== this.#native) return
    this.#tell(streams)
    if (kind !== 'offer') return
    await native.setLocalDescription()
    if (native === this.#native) this.#say(native)
  }

  /** Tells of each stream once, however many tracks it has, and once more if it ends and comes back. */
  #tell(streams: MediaControl['streams']): void {
    const before = this.#told
    this.#told = new Set()
    for (const { id, swarm } of streams) {
      const stream = this.#arrived.get(id)
      if (!stream) continue
      const name = nameOf(id, swarm)
      this.#told.add(name)
      if (!before.has(name)) this.#onStream(this.#link, swarm, stream)
    }
    const named = new Set(streams.map(({ id }) => id))
    for (const id of this.#arrived.keys()) if (!named.has(id)) this.#arrived.delete(id)
  }
}

const nameOf = (id: string, swarm: SwarmNumber): string => `${swarm} ${id}`

const listOf = (passed: readonly Passed[]): string => passed.map(({ stream, swarm }) => nameOf(stream.id, swarm)).join()

/** Media must come from the one whose key was proved: every certificate is the one that the link has. */
function hasSameFingerprint({ currentRemoteDescription }: RTCPeerConnection, sdp: string): boolean {
  const known = fingerprints(currentRemoteDescription?.sdp ?? '')
  return known.length > 0 && fingerprints(sdp).every((fingerprint) => fingerprint === known[0])
}

const fingerprints = (sdp: string): string[] =>
  sdp.match(/^a=fingerprint:.*$/gm)?.map((line) => line.trim().toUpperCase()) ?? []
