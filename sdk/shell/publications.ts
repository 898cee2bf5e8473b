import type { InfoHash, PeerId } from '../../protocol/ids.ts'
import { type Publication, type PublicationKind, statementBytes } from '../../protocol/mesh/publication.ts'
import { Bucket } from '../core/bucket.ts'
import { forgetOldest } from '../core/oldest.ts'
import { AUTHOR_BYTES, AUTHOR_MESSAGES } from '../overlay/broadcast/state.ts'
import { type Bytes, toBinary } from './bytes.ts'
import { type Identity, peerIdOf, verify } from './identity.ts'

/** Authors whose keys are remembered. */
const MAX_KEYS = 512
/** How long to wait for what others allow an author, in milliseconds. */
const WAIT = 20

/** Signs what this peer publishes in one swarm, in order, and no more of it than others pass on. */
export class Publisher {
  readonly #identity: Identity
  readonly #own: PeerId
  readonly #infoHash: InfoHash
  readonly #epoch = Date.now()
  #sequence = 0
  #last: Promise<unknown> = Promise.resolve()
  // Half of what others allow: what went out evenly may come in bursts.
  readonly #messages = new Bucket(halfOf(AUTHOR_MESSAGES))
  readonly #bytes = new Bucket(halfOf(AUTHOR_BYTES))

  constructor(identity: Identity, own: PeerId, infoHash: InfoHash) {
    this.#identity = identity
    this.#own = own
    this.#infoHash = infoHash
  }

  /** Settles once all that was to be published is signed. */
  get settled(): Promise<unknown> {
    return this.#last
  }

  /** Hands on what is signed in the order of the calls. */
  publish(kind: PublicationKind, topic: string, data: Bytes, done: (publication: Publication) => void): Promise<void> {
    const published = this.#last.then(async () => {
      await this.#mayPublish(data.length)
      const statement = { epoch: this.#epoch, sequence: this.#sequence++, kind, topic, data }
      const signature = await this.#identity.sign(statementBytes(this.#infoHash, statement))
      done({ ...statement, author: this.#own, publicKey: this.#identity.publicKey, signature })
    })
    this.#last = published.catch(() => undefined)
    return published
  }

  async #mayPublish(bytes: number): Promise<void> {
    const pause = () => new Promise((resolve) => setTimeout(resolve, WAIT))
    while (!this.#messages.take(performance.now())) await pause()
    while (!this.#bytes.take(performance.now(), bytes + MESSAGE_COST)) await pause()
  }
}

/** What a message counts beside its data, in bytes. */
const MESSAGE_COST = 512

const halfOf = ({ perSecond, burst }: typeof AUTHOR_BYTES) => ({ perSecond: perSecond / 2, burst: burst / 2 })

/** Finds out whose a publication is, and whether that is true. */
export class Verifier {
  readonly #infoHash: InfoHash
  readonly #authors = new Map<string, PeerId>()

  constructor(infoHash: InfoHash) {
    this.#infoHash = infoHash
  }

  async authorOf(publicKey: Bytes): Promise<PeerId> {
    const key = toBinary(publicKey)
    const known = this.#authors.get(key)
    if (known !== undefined) return known
    const author = await peerIdOf(publicKey)
    this.#authors.set(key, author)
    forgetOldest(this.#authors, MAX_KEYS)
    return author
  }

  isGenuine({ publicKey, signature, ...statement }: Publication): Promise<boolean> {
    return verify(publicKey, statementBytes(this.#infoHash, statement), signature)
  }
}
