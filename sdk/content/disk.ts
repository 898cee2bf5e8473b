// What keeps content in a browser. Node has disk.node.ts; package.json's `#disk` chooses.
import type { ChannelId } from './versions.ts'

export { openStore } from './store.ts'
export { openInstallation } from './versions.ts'

/** Where a channel lies if nobody says where. */
export const defaultPlace = ({ publisher, channel }: ChannelId): string => `edgeswarm-${publisher}-${channel}`
