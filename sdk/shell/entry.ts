import type { PeerId } from '../../protocol/ids.ts'
import type { Control, Refused, SwarmNumber } from '../../protocol/mesh/control.ts'
import { type Bytes, equalBytes } from './bytes.ts'
import type { Link } from './link.ts'
import type { Secrets } from './secrets.ts'

/** What is known of a link's other end, as long as it is not in the swarm yet. */
interface Arrival {
  /** Its number of the swarm, once it has proved that it is in it. */
  number: SwarmNumber | null
  /** What it published, once it has let this peer in. */
  welcome: Extract<Control, { type: 'welcome' }> | null
}

export interface EntryHost {
  readonly metadata: unknown
  isMember(link: Link): boolean
  /** Why the peer may not enter; `null` if it may. */
  refuse(peer: PeerId): Promise<Refused | null>
  /** Both have let each other in; the other side calls the swarm `number`. */
  entered(link: Link, number: SwarmNumber, metadata: unknown): void
  refused(link: Link, reason: Refused): void
}

/** How two peers enter one swarm on a link, which belongs to none of itself (rules E1–E4). */
export class Entry {
  readonly #own: PeerId
  readonly #number: SwarmNumber
  readonly #secrets: Secrets
  readonly #host: EntryHost
  readonly #arrivals = new Map<Link, Arrival>()

  constructor(own: PeerId, number: SwarmNumber, secrets: Secrets, host: EntryHost) {
    this.#own = own
    this.#number = number
    this.#secrets = secrets
    this.#host = host
  }

  /** Tells the other end, in a way that only members understand, that this peer is in the swarm. */
  async greet(link: Link): Promise<void> {
    const proof = await this.#secrets.prove(transcriptOf(link), this.#own)
    if (link.isClosed || this.#arrivals.has(link) || this.#host.isMember(link)) return
    this.#arrivals.set(link, { number: null, welcome: null })
    link.control({ type: 'enter', swarm: this.#number, proof })
  }

  /** Whether it is this swarm that the other end has proved to be in. */
  async isProvedBy(link: Link, proof: Bytes): Promise<boolean> {
    return equalBytes(proof, await this.#secrets.prove(transcriptOf(link), link.peer))
  }

  /** The other end has proved that it is in this swarm, which it calls `number`. */
  async receiveEnter(link: Link, number: SwarmNumber): Promise<void> {
    // It was here before, and has come back on the same link.
    await this.greet(link)
    const reason = await this.#host.refuse(link.peer)
    const arrival = this.#arrivals.get(link)
    if (link.isClosed || !arrival) return
    if (reason) {
      link.control({ type: 'refuse', swarm: number, reason })
      return
    }
    arrival.number = number
    link.control({ type: 'welcome', swarm: this.#number, metadata: this.#host.metadata })
    this.#enterIfBoth(link, arrival)
  }

  receiveWelcome(link: Link, welcome: Extract<Control, { type: 'welcome' }>): void {
    const arrival = this.#arrivals.get(link)
    if (!arrival) return
    arrival.welcome = welcome
    this.#enterIfBoth(link, arrival)
  }

  #enterIfBoth(link: Link, { number, welcome }: Arrival): void {
    if (number === null || welcome === null) return
    this.#arrivals.delete(link)
    this.#host.entered(link, number, welcome.metadata)
  }

  receiveRefuse(link: Link, reason: Refused): void {
    // Only who has proved to be in the swarm has a say in who comes in.
    if ((this.#arrivals.get(link)?.number ?? null) === null) return
    this.#arrivals.delete(link)
    this.#host.refused(link, reason)
  }

  forget(link: Link): void {
    this.#arrivals.delete(link)
  }
}

/** What binds a proof to one link: what both sides call it, the lower one first. */
const transcriptOf = ({ session, otherSession }: Link): Bytes => {
  const [low, high] = compare(session, otherSession) < 0 ? [session, otherSession] : [otherSession, session]
  return new Uint8Array([...low, ...high])
}

function compare(one: Bytes, other: Bytes): number {
  const index = one.findIndex((byte, at) => byte !== other[at])
  return index === -1 ? 0 : (one[index] ?? 0) - (other[index] ?? 0)
}
