import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeFeed } from '../../protocol/content/sealed.ts'
import { codeOf, diskError } from './errno.ts'
import { ContentError } from './error.ts'
import type { PublisherMemory } from './publisher-memory.ts'
import { writeWhole } from './state.node.ts'
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
      await mkdir(folder, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
        throw diskError(path, cause)
      })
      await writeWhole(path, feed)
    },
  }
}
