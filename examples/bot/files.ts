import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises'
import { join, parse } from 'node:path'
import { formatBytes } from '../base/bytes.ts'
import { type Decision, exactly, type Offer } from '../chat/app.ts'
import { nameOf } from '../chat/protocol.ts'
import type { BotOptions } from './options.ts'

/** Files that are received at the same time. A guess: enough, and no way to fill the disk with parts. */
const MAX_AT_ONCE = 4

/**
 * Takes what peers send into a folder, if there is one.
 *
 * @param onSaved is told what came from whom
 */
export function fileTaker(
  { save, limit }: Pick<BotOptions, 'save' | 'limit'>,
  onSaved: (from: string, path: string) => void,
): (offer: Offer) => Promise<Decision> {
  let receiving = 0
  return (offer) => {
    const reason = refuse(offer)
    if (save === null || reason !== null) return Promise.resolve({ declined: reason ?? 'I keep no files.' })
    receiving++
    const saved = saveTo(save, offer)
    saved
      .then(
        (path) => {
          onSaved(nameOf(offer.peer), path)
        },
        // The sender is told; what came of it is gone.
        () => undefined,
      )
      .finally(() => receiving--)
    return Promise.resolve({ receiving: saved })
  }

  function refuse({ size }: Offer): string | null {
    if (save === null) return 'I keep no files.'
    if (size > limit) return `I take files of up to ${formatBytes(limit)}.`
    return receiving >= MAX_AT_ONCE ? 'I am busy with other files. Try again in a moment.' : null
  }
}

/** @returns where the file is, once all of it is there */
async function saveTo(folder: string, { name, size, body }: Offer): Promise<string> {
  await mkdir(folder, { recursive: true })
  const path = await freePath(folder, name)
  const part = `${path}.part`
  try {
    await writeFile(part, body.pipeThrough(exactly(size, () => undefined)))
    await rename(part, path)
    return path
  } catch (error) {
    await Promise.all([part, path].map((file) => rm(file, { force: true })))
    throw error
  }
}

/** Claims a name that no other file has: `cat.png`, `cat (2).png`, … */
async function freePath(folder: string, name: string): Promise<string> {
  const { name: start, ext } = parse(name)
  for (let count = 1; ; count++) {
    const path = join(folder, count === 1 ? name : `${start} (${count})${ext}`)
    try {
      await (await open(path, 'wx')).close()
      return path
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}
