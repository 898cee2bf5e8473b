import type { ChannelId } from './versions.ts'

/** What a publisher knows of its channels by itself, as a tracker may forget them. */
export interface PublisherMemory {
  /** The text of the feed that was published last; `null` if none is remembered. */
  read(channel: ChannelId): Promise<string | null>
  /** Remembers a feed in place of the one before, unless the number of that is higher. */
  keep(channel: ChannelId, feed: string): Promise<void>
}

/** @returns keeps a feed if it can, and says whether it is kept */
export const rememberingIn =
  (memory: PublisherMemory | null, channel: ChannelId, onNotRemembered?: (error: Error) => void) =>
  async (feed: string): Promise<boolean> => {
    try {
      await memory?.keep(channel, feed)
      return memory !== null
    } catch (error) {
      onNotRemembered?.(error as Error)
      return false
    }
  }
