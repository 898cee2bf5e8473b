import { open, readFile, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { codeOf, diskError } from './errno.ts'
import { ContentError } from './error.ts'
import { syncFolder } from './folders.node.ts'
import { parseState, type State } from './state.ts'

const FILE = 'state.json'

/** @throws {ContentError} if it is damaged: to begin anew on one's own would forget what protects from a rollback */
export async function readState(folder: string): Promise<State | null> {
  const path = join(folder, FILE)
  let text
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return null
    throw diskError(path, cause)
  }
  const state = parseState(text)
  if (state) return state
  throw new ContentError('ERR_PLACE', `${path} is damaged. To begin anew, remove the folder ${folder}.`)
}

export const writeState = (folder: string, state: State): Promise<void> =>
  writeWhole(join(folder, FILE), `${JSON.stringify(state)}\n`)

/** Writes a file so that a crash leaves the old one or the new one, and nothing between. One writer at a time. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const next = `${path}.next`
  try {
    await writeSynced(next, content)
    await rename(next, path)
    await syncFolder(dirname(path))
  } catch (cause) {
    throw diskError(path, cause)
  }
}

/** Writes a file and brings its content to the disk. */
export async function writeSynced(path: string, content: string | Uint8Array): Promise<void> {
  await using file = await open(path, 'w')
  await file.writeFile(content)
  await file.sync()
}
