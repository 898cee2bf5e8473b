// What keeps content in Node. Browsers have disk.ts; package.json's `#disk` chooses.
import { homedir } from 'node:os'
import { join } from 'node:path'
import { keysFolder } from './keys.ts'
import type { PublisherMemory } from './publisher-memory.ts'
import { memoryBeside } from './publisher-memory.node.ts'
import type { ChannelId } from './versions.ts'

export { openStore } from './store.node.ts'
export { openInstallation } from './versions.node.ts'

/** Where a channel lies if nobody says where: `edgeswarm` in `XDG_CACHE_HOME` or `~/.cache`. */
export function defaultPlace({ publisher, channel }: ChannelId): string {
  const { XDG_CACHE_HOME: cache } = process.env
  // The specification has a relative one ignored.
  const base = cache?.startsWith('/') === true ? cache : join(homedir(), '.cache')
  return join(base, 'edgeswarm', `${publisher}-${channel}`)
}

/** Where a publisher remembers what it published if nobody says where: beside the keys. */
export const defaultMemory = (): PublisherMemory | null => memoryBeside(keysFolder())
