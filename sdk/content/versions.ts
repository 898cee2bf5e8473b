import { decodeMetadata } from '../../protocol/content/metadata.ts'
import { fromUtf8, toUtf8 } from '../../protocol/content/text.ts'
import type { Known } from '../../protocol/content/trust.ts'
import type { Bytes } from '../shell/bytes.ts'
import { type Bits, newBits, setBit } from './core/bits.ts'
import { VersionDownload } from './download.ts'
import { ContentError } from './error.ts'
import { namesIn, openFolder, readBytes, removeFile, writeBytes } from './opfs.ts'
import { openMetadata, type Promised } from './open-metadata.ts'
import { Reuse } from './reuse.ts'
import { type CurrentState, parseState, type State } from './state.ts'
import { nameOf, openStore, type Store } from './store.ts'

/** Whose channel it is, and which. */
export interface ChannelId {
  /** 43 characters of base64url. */
  readonly publisher: string
  readonly channel: string
}

/** What is kept of a channel on this device. */
export interface Installation extends ChannelId {
  /** What has been seen of the channel: nothing older is believed. */
  readonly known: Known | null
  /** The text of the feed that it is known from. */
  readonly feed: string | null
  /** `null` until the first download is complete, and if it was damaged from outside. */
  readonly current: Installed | null
  /** Remembers a feed that was accepted. Resolves once it is on disk. */
  remember(known: Known, feed: string): Promise<void>
  /**
   * Starts or resumes the download of a release, or takes it as complete if it only renews the current one. What is there
   * of it, from an earlier attempt or version, is found and checked first. One at a time.
   *
   * @param metadata the bytes that the release names; they are checked
   */
  begin(release: Promised, metadata: Bytes, options?: BeginOptions): Promise<Download>
  close(): Promise<void>
}

/** A version that is complete. */
export interface Installed {
  readonly number: number
  /** 40 hex digits. */
  readonly infoHash: string
  readonly store: Store
}

export interface BeginOptions {
  /** Called for each part that was looked at, right or not: bytes so far, and all of the release. */
  readonly onProgress?: (checked: number, all: number) => void
  readonly signal?: AbortSignal
}

/** A version on its way. */
export interface Download {
  /** Stays the same when the download is complete, and can be read from before. */
  readonly store: Store
  /** The pieces that are there; it grows with {@link accept}. */
  readonly have: Bits
  /** Bytes that were there, from an earlier attempt or version. */
  readonly fromDisk: number
  /** Writes a piece, if it is right; says whether it is. */
  accept(piece: number, bytes: Bytes): Promise<boolean>
  /** Has what came so far outlast the process. A crash loses what came since. */
  save(): Promise<void>
  /**
   * Checks each file and makes this the current version, at once.
   *
   * @returns `null` if pieces are missing: some that were there are not any more
   */
  finish(options?: BeginOptions): Promise<Installed | null>
}

/**
 * Opens what this origin keeps of a channel, or prepares for it.
 *
 * @param place the folder in the origin's private file system, by `/`; what other pages of the origin use is theirs
 * @throws {ContentError} `ERR_PLACE` if another page has it open
 */
export async function openInstallation(place: string, { publisher, channel }: ChannelId): Promise<Installation> {
  const path = `${place}/${publisher}/${channel}`
  const release = await lock(path)
  try {
    const folder = await openFolder(path.split('/'))
    const text = await readText(folder, STATE)
    const state = text === null ? null : parseState(text)
    if (text !== null && !state) throw new ContentError('ERR_PLACE', `${path}/${STATE} is damaged.`)
    const parts = {
      path,
      folder,
      metadata: await openFolder([...path.split('/'), METADATA]),
      state: state ?? { format: 1 as const, publisher, channel, known: null, current: null, download: null },
      feed: await readText(folder, FEED),
      release,
    }
    return new OriginInstallation(parts, await openCurrent(parts))
  } catch (error) {
    release()
    throw error
  }
}

const [STATE, FEED, METADATA, PIECES] = ['state.json', 'feed.json', 'metadata', 'pieces']

/** Held until the function is called that it resolves to, or the page is gone. */
function lock(path: string): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const held = navigator.locks.request(`edgeswarm ${path}`, { ifAvailable: true }, (found) => {
      if (!found) throw new ContentError('ERR_PLACE', 'Another page has this channel open already.')
      return new Promise<void>((release) => {
        resolve(release)
      })
    })
    held.catch(reject)
  })
}

async function readText(folder: FileSystemDirectoryHandle, name: string): Promise<string | null> {
  const bytes = await readBytes(folder, name)
  return bytes && fromUtf8(bytes)
}

interface Parts {
  readonly path: string
  readonly folder: FileSystemDirectoryHandle
  readonly metadata: FileSystemDirectoryHandle
  readonly state: State
  readonly feed: string | null
  readonly release: () => void
}

async function openCurrent({ path, metadata, state }: Parts): Promise<Installed | null> {
  const { current } = state
  if (!current) return null
  const bytes = await readBytes(metadata, current.infoHash)
  const found = bytes && decodeMetadata(bytes)
  return found && { ...identityOf(current), store: await openStore(`${path}/${PIECES}`, found) }
}

const identityOf = ({ number, infoHash }: CurrentState) => ({ number, infoHash })

class OriginInstallation implements Installation {
  readonly #parts: Omit<Parts, 'state' | 'feed'>
  #state: State
  #feed: string | null
  #current: Installed | null
  #download: VersionDownload | null = null
  #begun: Promise<unknown> = Promise.resolve()

  constructor({ state, feed, ...parts }: Parts, current: Installed | null) {
    this.#parts = parts
    this.#state = state
    this.#feed = feed
    this.#current = current
  }

  get publisher(): string {
    return this.#state.publisher
  }

  get channel(): string {
    return this.#state.channel
  }

  get known(): Known | null {
    return this.#state.known
  }

  get feed(): string | null {
    return this.#feed
  }

  get current(): Installed | null {
    return this.#current
  }

  async remember(known: Known, feed: string): Promise<void> {
    requireNewer(known.number, this.known?.number)
    await writeBytes(this.#parts.folder, FEED, toUtf8(feed))
    this.#feed = feed
    await this.#update({ known })
  }

  begin(release: Promised, metadata: Bytes, options: BeginOptions = {}): Promise<Download> {
    const download = this.#begun.then(() => this.#begin(release, metadata, options))
    this.#begun = download.catch(() => undefined)
    return download
  }

  async close(): Promise<void> {
    await this.#begun
    this.#download?.end('was closed')
    this.#parts.release()
  }

  async #begin(release: Promised, bytes: Bytes, options: BeginOptions): Promise<Download> {
    const metadata = await openMetadata(release, bytes)
    const { number, infoHash } = release
    requireNewer(number, this.#current?.number)
    this.#download?.end('was given up for another')
    await writeBytes(this.#parts.metadata, infoHash, bytes)
    const store = await openStore(`${this.#parts.path}/${PIECES}`, metadata)
    const version = { number, infoHash, folder: `${number}` }
    const download = new VersionDownload(store, {
      // Each piece is a file of its own, and saved as soon as it is written.
      save: () => Promise.resolve(),
      complete: () => this.#complete(version, store),
    })
    await this.#find(download, options)
    await this.#update({ download: { ...version, have: '' } })
    this.#download = download
    await this.#removeAllBut(this.#current, { infoHash, store })
    return download
  }

  /** Looks what is there of it, from an attempt or a version before. */
  async #find(download: VersionDownload, options: BeginOptions): Promise<void> {
    const { places } = download.store
    const names = new Set(await namesIn(await this.#pieces()))
    const there = newBits(places.count)
    for (let piece = 0; piece < places.count; piece++) if (names.has(nameOf(places, piece))) setBit(there, piece)
    await download.resume(there, options)
    await requireRoom(download.missing)
    // The same pieces would have been found: what there may be is files whose pieces are others.
    if (this.#current) await download.reuse(new Reuse([this.#current.store]), options)
  }

  async #complete(version: CurrentState, store: Store): Promise<Installed> {
    await this.#update({ current: version, download: null })
    this.#current = { ...identityOf(version), store }
    this.#download = null
    await this.#removeAllBut(this.#current)
    return this.#current
  }

  /** Removes the pieces and the metadata that none of these versions has. */
  async #removeAllBut(...versions: readonly (Pick<Installed, 'infoHash' | 'store'> | null)[]): Promise<void> {
    const kept = new Set<string>()
    for (const version of versions) {
      if (!version) continue
      const { infoHash, store } = version
      kept.add(infoHash)
      for (let piece = 0; piece < store.places.count; piece++) kept.add(nameOf(store.places, piece))
    }
    for (const folder of [await this.#pieces(), this.#parts.metadata]) {
      for (const name of await namesIn(folder)) if (!kept.has(name)) await removeFile(folder, name)
    }
  }

  #pieces(): Promise<FileSystemDirectoryHandle> {
    return openFolder(`${this.#parts.path}/${PIECES}`.split('/'))
  }

  async #update(change: Partial<Pick<State, 'known' | 'current' | 'download'>>): Promise<void> {
    this.#state = { ...this.#state, ...change }
    await writeBytes(this.#parts.folder, STATE, toUtf8(JSON.stringify(this.#state)))
  }
}

async function requireRoom(bytes: number): Promise<void> {
  const { quota = Infinity, usage = 0 } = await navigator.storage.estimate()
  if (quota - usage >= bytes) return
  throw new ContentError('ERR_FULL', `This needs ${bytes} bytes, and the browser has ${quota - usage} for this page.`)
}

/** Nothing may become older than what is known or installed. @throws {ContentError} `ERR_RELEASE` */
function requireNewer(number: number, known = 0): void {
  if (number >= known) return
  throw new ContentError('ERR_RELEASE', `Release ${number} is older than ${known}, which is here already.`)
}
