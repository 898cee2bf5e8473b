import type { Bytes } from '../shell/bytes.ts'
import { diskError } from './errno.ts'
import { EdgeswarmError } from '../error.ts'

/** The folder of this origin's private file system at a path, made where it is missing. */
export async function openFolder(path: readonly string[]): Promise<FileSystemDirectoryHandle> {
  let folder = await rootOf()
  for (const name of path) folder = await folder.getDirectoryHandle(name, { create: true })
  return folder
}

async function rootOf(): Promise<FileSystemDirectoryHandle> {
  const storage = navigator.storage as Partial<StorageManager> | undefined
  const root = await storage?.getDirectory?.()
  if (root && 'createWritable' in FileSystemFileHandle.prototype) return root
  throw new EdgeswarmError(
    'ERR_UNSUPPORTED',
    'This browser keeps no files for pages (OPFS with createWritable), or this page is not secure.',
  )
}

/** `null` if there is no such file. */
export async function readBytes(folder: FileSystemDirectoryHandle, name: string): Promise<Bytes | null> {
  try {
    const file = await (await folder.getFileHandle(name)).getFile()
    return new Uint8Array(await file.arrayBuffer())
  } catch (cause) {
    if (isMissing(cause)) return null
    throw diskError(name, cause)
  }
}

/** Writes a file so that there is the old one until there is the new one: a stream of the OPFS writes beside it. */
export async function writeBytes(folder: FileSystemDirectoryHandle, name: string, bytes: Bytes): Promise<void> {
  try {
    const stream = await (await folder.getFileHandle(name, { create: true })).createWritable()
    await stream.write(bytes)
    await stream.close()
  } catch (cause) {
    throw diskError(name, cause)
  }
}

export async function namesIn(folder: FileSystemDirectoryHandle): Promise<string[]> {
  const names = []
  for await (const name of folder.keys()) names.push(name)
  return names
}

export async function removeFile(folder: FileSystemDirectoryHandle, name: string): Promise<void> {
  await folder.removeEntry(name).catch((cause: unknown) => {
    if (!isMissing(cause)) throw diskError(name, cause)
  })
}

const isMissing = (error: unknown): boolean => error instanceof Error && error.name === 'NotFoundError'
