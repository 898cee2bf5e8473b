import { readFile, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeMetadata, type Metadata } from '../../protocol/content/metadata.ts'
import type { Known } from '../../protocol/content/trust.ts'
import { type Bytes, fromBase64 } from '../shell/bytes.ts'
import { allBits, bitsFrom } from './core/bits.ts'
import { VersionDownload } from './download.ts'
import { diskError } from './errno.ts'
import { ContentError } from './error.ts'
import { Folders } from './folders.node.ts'
import { type Lock, takeLock } from './lock.node.ts'
import { openMetadata, type Promised } from './open-metadata.ts'
import { Records } from './records.node.ts'
import { Reuse } from './reuse.ts'
import { readState, writeWhole } from './state.node.ts'
import type { CurrentState } from './state.ts'
import { type MovableStore, openStore } from './store.node.ts'
import type { Store } from './store.ts'
import { Target } from './target.node.ts'
import type { BeginOptions, ChannelId, Download, Installation, Installed } from './versions.ts'

/**
 * Opens what is installed of a channel, or prepares for it. `directory` becomes a symbolic link to the current version,
 * and everything lies in the folder `.<name>.edgeswarm` beside it.
 *
 * @throws {ContentError} `ERR_PLACE` if something else is there, another channel or another process
 */
export async function openInstallation(directory: string, channel: ChannelId): Promise<Installation> {
  const target = new Target(directory)
  await target.shown()
  await makeFolders(target.base)
  const lock = await takeLock(join(target.base, 'lock'))
  try {
    const records = await openRecords(target, channel)
    const feed = await readText(join(target.base, FEED))
    return new FolderInstallation({ target, records, lock, feed, current: await openCurrent(records) })
  } catch (error) {
    await lock.release()
    throw error
  }
}

const FEED = 'feed.json'

async function makeFolders(base: string): Promise<void> {
  try {
    const folders = new Folders(base)
    for (const folder of ['versions', 'staging', 'metadata']) await folders.make(`${folder}/`)
  } catch (cause) {
    throw diskError(base, cause)
  }
}

async function openRecords(target: Target, { publisher, channel }: ChannelId): Promise<Records> {
  const state = await readState(target.base)
  if (state && (state.publisher !== publisher || state.channel !== channel)) {
    throw new ContentError(
      'ERR_PLACE',
      `${target.path} has the channel ${state.channel} of ${state.publisher}: choose another folder for this one.`,
    )
  }
  if (state) {
    const records = new Records(target.base, state)
    await records.recover(target)
    return records
  }
  // It is written before any version is: only somebody else can have taken it away.
  if ((await target.shown()) !== null) {
    throw new ContentError(
      'ERR_PLACE',
      `${target.base} has lost its state. To begin anew, remove it and ${target.path}.`,
    )
  }
  const records = new Records(target.base, {
    format: 1,
    publisher,
    channel,
    known: null,
    current: null,
    download: null,
  })
  await records.update({})
  return records
}

/** `null` also if its metadata can't be read: then nothing of it can be checked. */
async function openCurrent(records: Records): Promise<Installed | null> {
  const { current } = records.state
  const metadata = current && (await readMetadata(records, current.infoHash))
  return metadata && { ...identityOf(current), store: await openStore(records.versionPath(current.folder), metadata) }
}

async function readMetadata(records: Records, infoHash: string): Promise<Metadata | null> {
  const bytes = await readFile(records.metadataPath(infoHash)).catch(() => null)
  return bytes && decodeMetadata(new Uint8Array(bytes))
}

const identityOf = ({ number, infoHash }: CurrentState) => ({ number, infoHash })

const readText = (path: string): Promise<string | null> => readFile(path, 'utf8').catch(() => null)

interface Parts {
  readonly target: Target
  readonly records: Records
  readonly lock: Lock
  readonly feed: string | null
  readonly current: Installed | null
}

class FolderInstallation implements Installation {
  readonly #target: Target
  readonly #records: Records
  readonly #lock: Lock
  #feed: string | null
  #current: Installed | null
  /** That of the version before, of which peers may still want something. */
  #previous: Store | null = null
  #download: VersionDownload | null = null
  #begun: Promise<unknown> = Promise.resolve()

  constructor({ target, records, lock, feed, current }: Parts) {
    this.#target = target
    this.#records = records
    this.#lock = lock
    this.#feed = feed
    this.#current = current
  }

  get publisher(): string {
    return this.#records.state.publisher
  }

  get channel(): string {
    return this.#records.state.channel
  }

  get known(): Known | null {
    return this.#records.state.known
  }

  get feed(): string | null {
    return this.#feed
  }

  get current(): Installed | null {
    return this.#current
  }

  async remember(known: Known, feed: string): Promise<void> {
    if (known.number < (this.known?.number ?? 0)) {
      throw new ContentError('ERR_RELEASE', `Release ${known.number} is older than one that was seen already.`)
    }
    await writeWhole(join(this.#records.base, FEED), feed)
    this.#feed = feed
    await this.#records.update({ known })
  }

  begin(release: Promised, metadata: Bytes, options: BeginOptions = {}): Promise<Download> {
    const download = this.#begun.then(() => this.#begin(release, metadata, options))
    this.#begun = download.catch(() => undefined)
    return download
  }

  async close(): Promise<void> {
    await this.#begun
    try {
      await this.#leave('was closed')
      for (const store of [this.#current?.store, this.#previous]) await store?.close()
    } finally {
      await this.#lock.release()
    }
  }

  /** Ends a download, with what it has. */
  async #leave(reason: string): Promise<void> {
    const download = this.#download
    this.#download = null
    // What can't be saved is fetched again.
    await download?.save().catch(() => undefined)
    download?.end(reason)
    await download?.store.close()
  }

  async #begin(release: Promised, bytes: Bytes, options: BeginOptions): Promise<Download> {
    const metadata = await openMetadata(release, bytes)
    const { number, infoHash } = release
    const current = this.#current
    if (number < (current?.number ?? 0)) {
      throw new ContentError('ERR_RELEASE', `Release ${number} is older than the one that is installed.`)
    }
    await this.#leave('was given up for another')
    if (current?.infoHash === infoHash) return this.#renew(current, number, options)
    await writeWhole(this.#records.metadataPath(infoHash), bytes)
    const folder = await this.#records.newFolder(number)
    const store = await openStore(this.#records.stagingPath(infoHash), metadata)
    try {
      return await this.#start({ number, infoHash, folder }, store, options)
    } catch (error) {
      await store.close()
      throw error
    }
  }

  /** The same files as those that are there: they are checked, and mended where they are. */
  async #renew(current: Installed, number: number, options: BeginOptions): Promise<Download> {
    const download = new VersionDownload(current.store, {
      save: () => Promise.resolve(),
      complete: async () => {
        const state = this.#records.state.current
        if (state) await this.#records.update({ current: { ...state, number } })
        return (this.#current = { ...current, number })
      },
    })
    await download.resume(allBits(current.store.places.count), options)
    return download
  }

  async #start(version: CurrentState, store: MovableStore, options: BeginOptions): Promise<Download> {
    const download = new VersionDownload(store, {
      save: (have) => this.#records.update({ download: { ...version, have } }),
      complete: () => this.#complete(version, store),
    })
    const saved = this.#records.state.download
    if (saved?.infoHash === version.infoHash) {
      await download.resume(bitsFrom(fromBase64(saved.have), store.places.count), options)
    }
    await this.#requireRoom(download.missing)
    const abandoned = saved && saved.infoHash !== version.infoHash ? await this.#openAbandoned(saved) : null
    try {
      const earlier = [this.#current?.store, abandoned].filter((found) => found != null)
      if (earlier.length > 0) await download.reuse(new Reuse(earlier), options)
    } finally {
      await abandoned?.close()
    }
    await download.save()
    this.#download = download
    await this.#records.removeOld()
    return download
  }

  /** What there is of a download that nobody goes on with. */
  async #openAbandoned({ infoHash }: CurrentState): Promise<Store | null> {
    const metadata = await readMetadata(this.#records, infoHash)
    return metadata && openStore(this.#records.stagingPath(infoHash), metadata)
  }

  async #requireRoom(bytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(this.#records.base)
    if (bavail * bsize >= bytes) return
    throw new ContentError(
      'ERR_FULL',
      `${this.#target.path} needs ${bytes} bytes more, and its disk has room for ${bavail * bsize}.`,
    )
  }

  async #complete(version: CurrentState, store: MovableStore): Promise<Installed> {
    store.moveTo(this.#records.versionPath(version.folder))
    await this.#records.complete(this.#target, version)
    await this.#previous?.close()
    this.#previous = this.#current?.store ?? null
    this.#current = { ...identityOf(version), store }
    this.#download = null
    await this.#records.removeOld()
    return this.#current
  }
}
