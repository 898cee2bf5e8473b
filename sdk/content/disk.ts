// What keeps content in a browser. Node has disk.node.ts; package.json's `#disk` chooses.
import type { PublisherMemory } from './publisher-memory.ts'
import type { ChannelId } from './versions.ts'

export { openStore } from './store.ts'
export { openInstallation } from './versions.ts'

/** Where a channel lies if nobody says where. */
export const defaultPlace = ({ publisher, channel }: ChannelId): string => `edgeswarm-${publisher}-${channel}`

/** A page has no place of its publisher's keys, and so none beside them. */
export const defaultMemory = (): PublisherMemory | null => null
