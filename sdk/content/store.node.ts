import { createHash } from 'node:crypto'
import { renameSync } from 'node:fs'
import { constants, type FileHandle, open, realpath } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { FileEntry, Metadata } from '../../protocol/content/metadata.ts'
import { type Bytes, equalBytes } from '../shell/bytes.ts'
import { diskError } from './errno.ts'
import { ContentError } from './error.ts'
import { Folders } from './folders.node.ts'
import { Handles } from './handles.node.ts'
import { requireLength } from './piece-hash.ts'
import { PieceReader } from './piece-reader.ts'
import { type Places, placesOf } from './places.ts'
import type { Store } from './store.ts'

// Neither a link nor a pipe in the place of a file is followed or waited for. Windows has neither flag.
const { O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants as Partial<typeof constants>
const READ = constants.O_RDONLY | O_NOFOLLOW | O_NONBLOCK
const WRITE = constants.O_RDWR | constants.O_CREAT | O_NOFOLLOW | O_NONBLOCK

/** Who may do what with a new file, before the umask takes from it. A release has no word for more, such as setuid. */
const [ORDINARY, EXECUTABLE] = [0o666, 0o777]

/** Read at once to hash a file, in bytes. A guess. */
const CHUNK = 1_048_576
/** Files that are brought to the disk at once. A guess: Node has four threads for it. */
const SYNCS = 8

/** The files of a torrent beneath a folder. What is missing is made when it is written, the folder too. */
export async function openStore(folder: string, metadata: Metadata): Promise<MovableStore> {
  const places = placesOf(metadata)
  const root = await realpath(folder).catch(() => resolve(folder))
  return new FileStore(root, places)
}

/** A store whose folder can be moved under it. */
export interface MovableStore extends Store {
  /** Renames the folder; what is read meanwhile is read. */
  moveTo(folder: string): void
}

class FileStore implements MovableStore {
  readonly places: Places
  #root: string
  #folders: Folders
  readonly #handles = new Handles()
  readonly #reader: PieceReader
  /** Files that were written to since they were last brought to the disk. */
  readonly #dirty = new Set<FileEntry>()

  constructor(root: string, places: Places) {
    this.places = places
    this.#root = root
    this.#folders = new Folders(root)
    this.#reader = new PieceReader(places, (piece) => this.#readPiece(piece))
  }

  moveTo(folder: string): void {
    renameSync(this.#root, folder)
    this.#root = folder
    this.#folders = new Folders(folder)
  }

  read(piece: number, offset: number, length: number): Promise<Bytes> {
    return this.#reader.read(piece, offset, length)
  }

  async readFile(file: FileEntry, offset: number, length: number): Promise<Bytes> {
    try {
      return await this.#use(file, 'r', (handle) => readAll(handle, offset, length))
    } catch (error) {
      if (error instanceof ContentError) return new Uint8Array()
      throw error
    }
  }

  check(piece: number): Promise<boolean> {
    return this.#reader.check(piece)
  }

  async write(piece: number, bytes: Bytes): Promise<void> {
    const { file, offset, length } = this.places.placeOf(piece)
    requireLength(this.places, piece, bytes)
    await this.#use(file, 'w', (handle) => writeAll(handle, bytes.subarray(0, length), offset))
    this.#dirty.add(file)
    this.#reader.forget(piece)
  }

  async verifyFile(file: FileEntry): Promise<boolean> {
    try {
      return equalBytes(await this.#use(file, 'r', (handle) => hashFile(handle, file.length)), file.sha256)
    } catch (error) {
      if (error instanceof ContentError) return false
      throw error
    }
  }

  async makeEmptyFiles(): Promise<void> {
    for (const file of this.places.metadata.files) {
      if (file.length > 0) continue
      await this.#use(file, 'w', () => Promise.resolve())
      this.#dirty.add(file)
    }
  }

  async sync(): Promise<void> {
    const files = [...this.#dirty]
    for (let start = 0; start < files.length; start += SYNCS) {
      const group = files.slice(start, start + SYNCS)
      await Promise.all(group.map((file) => this.#syncFile(file)))
    }
    await this.#folders.sync()
  }

  close(): Promise<void> {
    return this.#handles.close()
  }

  async #syncFile(file: FileEntry): Promise<void> {
    await this.#use(file, 'w', (handle) => handle.sync())
    // Nobody can run a program that is open to be written: Linux answers ETXTBSY.
    await this.#handles.end(`w${file.path}`)
    this.#dirty.delete(file)
  }

  #readPiece(piece: number): Promise<Bytes> {
    const { file, offset, length } = this.places.placeOf(piece)
    return this.readFile(file, offset, length)
  }

  async #use<Result>(
    file: FileEntry,
    mode: 'r' | 'w',
    action: (handle: FileHandle) => Promise<Result>,
  ): Promise<Result> {
    const open = mode === 'r' ? () => this.#openToRead(file) : () => this.#openToWrite(file)
    try {
      return await this.#handles.use(mode + file.path, open, action)
    } catch (cause) {
      throw diskError(file.path, cause)
    }
  }

  async #openToRead(file: FileEntry): Promise<FileHandle> {
    const folders = this.#folders
    try {
      return await requireFile(await open(await folders.find(file.path), READ), file.path)
    } catch (error) {
      if (folders === this.#folders) throw error
      return this.#openToRead(file)
    }
  }

  /** Has its full length from the start: blocks that were never written take no room where the file system can do that. */
  async #openToWrite({ path, length, isExecutable }: FileEntry): Promise<FileHandle> {
    const mode = isExecutable ? EXECUTABLE : ORDINARY
    const handle = await requireFile(await open(await this.#folders.make(path), WRITE, mode), path)
    try {
      const { size } = await handle.stat()
      if (size !== length) await handle.truncate(length)
      return handle
    } catch (error) {
      await handle.close()
      throw error
    }
  }
}

async function requireFile(handle: FileHandle, path: string): Promise<FileHandle> {
  if ((await handle.stat()).isFile()) return handle
  await handle.close()
  throw new ContentError('ERR_PLACE', `"${path}" is no file: nothing is read or written there.`)
}

async function writeAll(handle: FileHandle, bytes: Bytes, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done)
    done += bytesWritten
  }
}

/** What is there of these bytes: less if the file is shorter. */
async function readAll(handle: FileHandle, position: number, length: number): Promise<Bytes> {
  const bytes = new Uint8Array(length)
  for (let done = 0; done < length;) {
    const { bytesRead } = await handle.read(bytes, done, length - done, position + done)
    if (bytesRead === 0) return bytes.subarray(0, done)
    done += bytesRead
  }
  return bytes
}

/** The SHA-256 of a file that has this length, of any other that of something else. */
async function hashFile(handle: FileHandle, length: number): Promise<Bytes> {
  const hash = createHash('sha256')
  // One byte more than there should be: a file that is longer is another one.
  for (let position = 0; position <= length;) {
    const bytes = await readAll(handle, position, Math.min(CHUNK, length + 1 - position))
    if (bytes.length === 0) break
    hash.update(bytes)
    position += bytes.length
  }
  return new Uint8Array(hash.digest())
}
