import { randomUUID } from 'node:crypto'
import { readFileSync, renameSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeRelease } from '../../protocol/content/release.ts'
import { decodeFeed } from '../../protocol/content/sealed.ts'
import { codeOf, diskError } from './errno.ts'
import { ContentError } from './error.ts'
import { syncFolder } from './folders.node.ts'
import type { PublisherMemory } from './publisher-memory.ts'
import { writeSynced } from './state.node.ts'
import type { ChannelId } from './versions.ts'

/** In the folder of the keys: who takes that along has both. */
const FOLDER = 'published'

/** A file for each channel, beside the keys. */
export function memoryBeside(keys: string): PublisherMemory {
  const folder = join(keys, FOLDER)
  const pathOf = ({ publisher, channel }: ChannelId) => join(folder, `${publisher}-${channel}.json`)
  return {
    async read(channel) {
      const path = pathOf(channel)
      const feed = await readFile(path, 'utf8').catch((cause: unknown) => {
        if (codeOf(cause) === 'ENOENT') return null
        throw diskError(path, cause)
      })
      if (feed === null || decodeFeed(feed)) return feed
      throw new ContentError(
        'ERR_RELEASE',
        `${path} is damaged: it says what was published last. Remove it to go on with what the tracker says.`,
      )
    },
    async keep(channel, feed) {
      const path = pathOf(channel)
      // A name of its own: another publisher of the channel may be writing too.
      const next = `${path}.${randomUUID()}.next`
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 })
        await writeSynced(next, feed)
        replaceLower(path, next, numberOf(feed))
        await syncFolder(folder)
      } catch (cause) {
        throw diskError(path, cause)
      } finally {
        await rm(next, { force: true }).catch(() => undefined)
      }
    },
  }
}

/** At once, so that no other publisher in this process comes between; one in another process may, for a moment. */
function replaceLower(path: string, next: string, number: number): void {
  if (numberAt(path) <= number) renameSync(next, path)
}

function numberAt(path: string): number {
  try {
    return numberOf(readFileSync(path, 'utf8'))
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return 0
    throw cause
  }
}

/** The number of the newest release; 0 for what is damaged. */
function numberOf(feed: string): number {
  const newest = decodeFeed(feed)?.releases.at(-1)
  return (newest && decodeRelease(newest.release)?.number) ?? 0
}
