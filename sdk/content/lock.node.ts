import { randomUUID } from 'node:crypto'
import { open, readFile, rm } from 'node:fs/promises'
import { codeOf, diskError } from './errno.ts'
import { ContentError } from './error.ts'

/** Tells this process from an earlier one of the same number: in a container every start may have it. */
const INSTANCE = randomUUID()

/** A file that says which process works in a folder. */
export interface Lock {
  /** Gives it back; whoever has taken it since keeps it. */
  release(): Promise<void>
}

/**
 * Takes a lock, also from a process that ended without giving it back. Two that do so within the same moment may both
 * have it: Node has no lock that the system gives back by itself.
 *
 * @throws {ContentError} `ERR_PLACE` if a process has it that still runs
 */
export async function takeLock(path: string): Promise<Lock> {
  const text = `${process.pid} ${INSTANCE} ${randomUUID()}`
  while (!(await create(path, text))) {
    const [owner = '', instance] = (await readFile(path, 'utf8').catch(() => '')).split(' ')
    if (isRunning(Number(owner), instance)) {
      throw new ContentError(
        'ERR_PLACE',
        `Process ${owner} works here already. If that is no process of Edgeswarm, remove ${path}.`,
      )
    }
    await rm(path, { force: true })
  }
  let released: Promise<void> | null = null
  return { release: () => (released ??= remove(path, text)) }
}

/** Removes a lock that is what it was when it was taken. */
async function remove(path: string, text: string): Promise<void> {
  const found = await readFile(path, 'utf8').catch(() => null)
  if (found === text) await rm(path, { force: true })
}

async function create(path: string, text: string): Promise<boolean> {
  try {
    await using file = await open(path, 'wx')
    await file.writeFile(text)
    return true
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false
    throw diskError(path, cause)
  }
}

function isRunning(id: number, instance: string | undefined): boolean {
  if (id === process.pid) return instance === INSTANCE
  if (!Number.isSafeInteger(id) || id <= 0) return false
  try {
    process.kill(id, 0)
    return true
  } catch (error) {
    // Another user's process may not be asked.
    return codeOf(error) === 'EPERM'
  }
}
