import { createIdentity } from 'edgeswarm'
import { type FileToPublish, type Publication, publishFiles } from 'edgeswarm/content'
import { giversOf, sum } from './givers.ts'
import { isLoopback, magnetLink, trackerAddress } from './link.ts'
import { folderOf, safeNames, titleOf } from './names.ts'
import { Speed } from './speed.ts'
import type { Snapshot, Transfer } from './transfer.ts'
import { typeOf } from './types.ts'

/** The channel of what is dropped on this page. */
export const DROP = 'drop'
/** The link is believed so long, in milliseconds: who leaves a page open for a month has forgotten it. A guess. */
const LASTS = 30 * 24 * 3_600_000

/** Chosen files, as a release that is shared from where they lie. */
export class Sending implements Transfer {
  readonly direction = 'send'
  readonly #files: readonly FileToPublish[]
  readonly #title: string
  readonly #folder: string
  readonly #length: number
  readonly #stopped = new AbortController()
  readonly #speed = new Speed()
  #publication: Publication | undefined
  #hashed = 0
  #warning = ''
  #error = ''

  constructor(files: readonly File[]) {
    const names = safeNames(files.map(({ name }) => name))
    this.#files = files.map((content, index) => ({ path: names[index] ?? '', content }))
    this.#title = titleOf(names)
    this.#folder = folderOf(names)
    this.#length = files.reduce((total, { size }) => total + size, 0)
    void this.#publish()
  }

  get isNeeded(): boolean {
    const others = this.#publication?.others ?? []
    return others.length > 0 && !others.some(({ isComplete }) => isComplete)
  }

  contentOf(index: number): Promise<Blob | undefined> {
    return Promise.resolve(this.#files[index]?.content)
  }

  stop(): void {
    this.#stopped.abort()
    void this.#publication?.close()
  }

  snapshot(): Snapshot {
    const publication = this.#publication
    const others = publication?.others ?? []
    const uploaded = publication ? sum(publication.traffic.toPeers) : 0
    return {
      direction: this.direction,
      link: publication?.link ?? '',
      magnet: publication ? magnetOf(publication) : '',
      name: this.#title,
      version: '',
      length: this.#length,
      files: this.#files.map(({ path, content }) => ({
        name: path,
        type: typeOf(path),
        length: content.size,
        progress: 1,
        done: true,
      })),
      hashed: this.#hashed,
      done: publication !== undefined,
      progress: 1,
      downloaded: 0,
      uploaded,
      downloadSpeed: 0,
      uploadSpeed: this.#speed.mark(uploaded, performance.now()),
      timeLeft: 0,
      peers: others.length,
      completePeers: others.filter(({ isComplete }) => isComplete).length,
      sources: 0,
      origins: 0,
      givers: publication ? giversOf(publication.traffic) : null,
      trackerAnswered: publication !== undefined,
      trackerLost: publication != null && publication.trackerProblem !== null,
      warning: this.#warning,
      error: this.#error,
    }
  }

  async #publish(): Promise<void> {
    try {
      const publication = await publishFiles(this.#files, {
        tracker: location.origin,
        // One for each drop: nobody can tell that two are of the same person.
        key: await createIdentity(),
        channel: DROP,
        version: '1',
        name: this.#folder,
        isPublic: false,
        lasts: LASTS,
        stock: true,
        signal: this.#stopped.signal,
        onProgress: (bytes, total) => {
          this.#hashed = bytes / total
        },
        // Whoever opens the link is told by this page then.
        onRefused: () => undefined,
        ...(isLoopback(location.hostname) && { iceServers: [] }),
      })
      publication.on('problem', (problem) => {
        this.#warning = problem
      })
      if (this.#stopped.signal.aborted) await publication.close()
      else this.#publication = publication
    } catch (problem) {
      if (!this.#stopped.signal.aborted) this.#error = problem instanceof Error ? problem.message : String(problem)
    }
  }
}

function magnetOf({ release: { infoHash } }: Publication): string {
  return magnetLink(infoHash, trackerAddress(location, infoHash))
}
