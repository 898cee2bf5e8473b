import { randomFillSync } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../../scripts/run.ts'
import { createIdentity, type Identity } from '../../sdk/index.ts'
import { memoryBeside } from '../../sdk/content/publisher-memory.node.ts'
import { publish, type Publication, type PublishOptions } from '../../sdk/content/publication.ts'
import { subscribe } from '../../sdk/content/subscribe.ts'
import type { Subscription, SubscriptionOptions } from '../../sdk/content/subscription.ts'
import { startTracker, type Tracker } from '../../test/support/tracker.ts'

export const MEGABYTE = 1_000_000

/** A tracker, and folders for a publisher and its peers; gone with all that is in them when disposed of. */
export class Setting implements AsyncDisposable {
  readonly tracker: Tracker
  readonly folder: string
  readonly key: Identity
  #count = 0

  private constructor(tracker: Tracker, folder: string, key: Identity) {
    this.tracker = tracker
    this.folder = folder
    this.key = key
  }

  static async make(): Promise<Setting> {
    if ((await run('node', ['scripts/build.ts'])) !== 0) throw new Error('The build failed; wrangler says why above.')
    const limits = { STUN_URLS: '', SOCKET_BURST: 5000, ADDRESS_BURST: 50_000, ADDRESS_RATE: 5000 }
    const tracker = await startTracker(limits)
    return new Setting(tracker, await mkdtemp(join(tmpdir(), 'edgeswarm-bench-')), await createIdentity())
  }

  /** A folder for one peer. */
  place(): string {
    return join(this.folder, `peer-${++this.#count}`)
  }

  /** A directory with files of random bytes. */
  async directory(name: string, files: Readonly<Record<string, number>>): Promise<string> {
    const directory = join(this.folder, name)
    for (const [path, bytes] of Object.entries(files)) {
      const file = join(directory, path)
      await mkdir(join(file, '..'), { recursive: true })
      await writeFile(file, randomFillSync(Buffer.allocUnsafe(bytes)))
    }
    return directory
  }

  async publish(directory: string, options: Partial<PublishOptions> = {}): Promise<Publication> {
    const { tracker, key } = this
    const identity = await createIdentity()
    const memory = memoryBeside(join(this.folder, 'keys'))
    return publish(directory, {
      tracker: tracker.http,
      key,
      version: '1',
      iceServers: [],
      identity,
      memory,
      ...options,
    })
  }

  /** A peer that follows the channel, with an identity of its own. */
  async subscribe(link: string, options: SubscriptionOptions = {}): Promise<Subscription> {
    return subscribe(link, { dir: this.place(), iceServers: [], identity: await createIdentity(), ...options })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.tracker[Symbol.asyncDispose]()
    await rm(this.folder, { recursive: true, force: true })
  }
}

/** Settles once this release, or a newer one, is in its place. */
export async function installed(subscription: Subscription, number: number): Promise<void> {
  for await (const release of subscription.releases) if (release.number >= number) return
}
