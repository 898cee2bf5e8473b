import { encodeMetadata, type Metadata } from '../../protocol/content/metadata.ts'
import type { Release } from '../../protocol/content/release.ts'
import type { Bytes } from '../shell/bytes.ts'
import type { Catalogue } from './catalogue.ts'
import type { ChannelSwarm } from './channel/swarm.ts'
import { digest } from './digest.ts'
import { openMetadata } from './open-metadata.ts'
import { abortable } from '../mesh/signal.ts'
import { sleep } from './sleep.ts'

/** What could not be found is looked for again after so long, in milliseconds. */
const AGAIN = 2000
const LONGEST = 30_000
/** Peers are asked if no address has answered after so long, in milliseconds. A guess: most trackers answer sooner. */
const PEERS_AFTER = 500

/** Looks for the metadata of releases, wherever it may be: the tracker, the addresses in the release, peers. */
export class MetadataFinder {
  readonly #catalogue: Catalogue
  readonly #swarm: () => ChannelSwarm | null
  #found: { readonly sha256: string; readonly bytes: Bytes } | null = null

  constructor(catalogue: Catalogue, swarm: () => ChannelSwarm | null) {
    this.#catalogue = catalogue
    this.#swarm = swarm
  }

  /** What was found last, if it has this SHA-256. */
  known(sha256: string): Promise<Bytes | null> {
    return Promise.resolve(this.#found?.sha256 === sha256 ? this.#found.bytes : null)
  }

  /** That of the version that is there: peers may ask for it. */
  async remember(metadata: Metadata): Promise<void> {
    const bytes = encodeMetadata(metadata)
    this.#found = { sha256: await digest('SHA-256', bytes), bytes }
  }

  /** Looks until it is found, at the tracker and other addresses, and among peers. @throws the reason of the signal */
  async find(release: Release, signal: AbortSignal, problem: (text: string) => void): Promise<Bytes> {
    for (let wait = AGAIN; ; wait = Math.min(2 * wait, LONGEST)) {
      const found = await this.#look(release, signal, problem)
      signal.throwIfAborted()
      if (found) {
        this.#found = { sha256: release.metadata.sha256, bytes: found }
        return found
      }
      problem(`The list of files of release ${release.number} is nowhere to be found; it is looked for again.`)
      await sleep(wait, signal)
    }
  }

  /** Peers are asked too if the addresses have not answered after a while: one that stalls holds up nobody. */
  async #look(release: Release, given: AbortSignal, problem: (text: string) => void): Promise<Bytes | null> {
    const { sha256, length, urls } = release.metadata
    const over = new AbortController()
    const signal = AbortSignal.any([given, over.signal])
    const right = async (looking: Promise<Bytes | null>): Promise<Bytes> => {
      const bytes = await looking
      if (bytes && (await isRight(release, bytes, problem))) return bytes
      throw new Error('It is not there.')
    }
    const known = this.known(sha256)
    const addresses = new Set([this.#catalogue.addressOf(sha256), ...urls])
    const places = [
      right(known),
      ...[...addresses].map((address) => right(this.#catalogue.metadata(address, length, signal))),
      right(this.#askPeers(sha256, release.infoHash, signal)),
    ]
    try {
      return await abortable(Promise.any(places), given)
    } catch {
      return null
    } finally {
      over.abort()
    }
  }

  async #askPeers(sha256: string, infoHash: string, signal: AbortSignal): Promise<Bytes | null> {
    if ((await this.known(sha256)) !== null) return null
    await sleep(PEERS_AFTER, signal)
    return (await this.#swarm()?.metadata(sha256, infoHash, signal)) ?? null
  }
}

async function isRight(release: Release, bytes: Bytes, problem: (text: string) => void): Promise<boolean> {
  try {
    await openMetadata(release, bytes)
    return true
  } catch (error) {
    problem((error as Error).message)
    return false
  }
}
