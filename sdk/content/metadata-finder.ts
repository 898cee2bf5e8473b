import { encodeMetadata, type Metadata } from '../../protocol/content/metadata.ts'
import type { Release } from '../../protocol/content/release.ts'
import type { Bytes } from '../shell/bytes.ts'
import type { Catalogue } from './catalogue.ts'
import type { ChannelSwarm } from './channel/swarm.ts'
import { digest } from './digest.ts'
import { openMetadata } from './open-metadata.ts'
import { sleep } from './sleep.ts'

/** What could not be found is looked for again after so long, in milliseconds. */
const AGAIN = 2000
const LONGEST = 30_000

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

  /** Looks until it is found. @throws the reason of the signal */
  async find(release: Release, signal: AbortSignal, problem: (text: string) => void): Promise<Bytes> {
    const { sha256 } = release.metadata
    for (let wait = AGAIN; ; wait = Math.min(2 * wait, LONGEST)) {
      for (const look of this.#places(release, signal)) {
        signal.throwIfAborted()
        const bytes = await look().catch(() => null)
        if (!bytes || !(await isRight(release, bytes, problem))) continue
        this.#found = { sha256, bytes }
        return bytes
      }
      problem(`The list of files of release ${release.number} is nowhere to be found; it is looked for again.`)
      await sleep(wait, signal)
    }
  }

  #places({ metadata: { sha256, length, urls } }: Release, signal: AbortSignal): (() => Promise<Bytes | null>)[] {
    const addresses = [this.#catalogue.addressOf(sha256), ...urls]
    return [
      () => this.known(sha256),
      ...[...new Set(addresses)].map((address) => () => this.#catalogue.metadata(address, length, signal)),
      () => this.#swarm()?.metadata(sha256) ?? Promise.resolve(null),
    ]
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
