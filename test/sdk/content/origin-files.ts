import { vi } from 'vitest'

/** Bytes that the quota has room for. */
interface Quota {
  left: number
}

const missing = () => new DOMException('It is not there.', 'NotFoundError')

/** A file of {@link stubOrigin}: what is written is there once the stream is closed. */
class FakeFile {
  bytes = new Uint8Array()
  readonly #quota: Quota

  constructor(quota: Quota) {
    this.#quota = quota
  }

  getFile(): Promise<Blob> {
    return Promise.resolve(new Blob([this.bytes]))
  }

  createWritable() {
    let written = new Uint8Array()
    return Promise.resolve({
      write: (bytes: Uint8Array<ArrayBuffer>) => {
        if (bytes.length > this.#quota.left) throw new DOMException('No.', 'QuotaExceededError')
        this.#quota.left -= bytes.length
        written = bytes.slice()
      },
      close: () => {
        this.bytes = written
      },
    })
  }
}

class FakeFolder {
  readonly entries = new Map<string, FakeFolder | FakeFile>()
  readonly #quota: Quota

  constructor(quota: Quota) {
    this.#quota = quota
  }

  getDirectoryHandle(name: string, { create = false } = {}): Promise<FakeFolder> {
    return this.#get(name, FakeFolder, create)
  }

  getFileHandle(name: string, { create = false } = {}): Promise<FakeFile> {
    return this.#get(name, FakeFile, create)
  }

  keys(): Iterable<string> {
    return this.entries.keys()
  }

  removeEntry(name: string): Promise<void> {
    return this.entries.delete(name) ? Promise.resolve() : Promise.reject(missing())
  }

  #get<Kind extends FakeFolder | FakeFile>(
    name: string,
    Kind: new (quota: Quota) => Kind,
    create: boolean,
  ): Promise<Kind> {
    const found = this.entries.get(name)
    if (found instanceof Kind) return Promise.resolve(found)
    if (found) return Promise.reject(new DOMException('It is of another kind.', 'TypeMismatchError'))
    if (!create) return Promise.reject(missing())
    const made = new Kind(this.#quota)
    this.entries.set(name, made)
    return Promise.resolve(made)
  }
}

/** Gives the process what a page has: a private file system, an estimate of it, and locks. */
export function stubOrigin(bytes = 2 ** 30) {
  const quota = { left: bytes }
  const root = new FakeFolder(quota)
  const locks = new Set<string>()
  vi.stubGlobal('FileSystemFileHandle', FakeFile)
  vi.stubGlobal('navigator', {
    storage: {
      getDirectory: () => Promise.resolve(root),
      estimate: () => Promise.resolve({ quota: bytes, usage: 0 }),
    },
    locks: {
      async request(name: string, _options: unknown, action: (lock: object | null) => Promise<void>) {
        if (locks.has(name)) return action(null)
        locks.add(name)
        await action({}).finally(() => locks.delete(name))
      },
    },
  })
  return {
    quota,
    /** The names in a folder. */
    names: async (path: string) => {
      let folder = root
      for (const name of path.split('/')) folder = await folder.getDirectoryHandle(name)
      return [...folder.entries.keys()].sort()
    },
    /** Changes a file, as nobody should. */
    spoil: async (path: string, name: string) => {
      let folder = root
      for (const part of path.split('/')) folder = await folder.getDirectoryHandle(part)
      ;(await folder.getFileHandle(name)).bytes.fill(1)
    },
  }
}
