import { parseLink } from '../../protocol/content/link.ts'
import { EdgeswarmError } from '../error.ts'
import { Subscription, type SubscriptionOptions } from './subscription.ts'
import { defaultPlace, openInstallation } from '#disk'

export interface SubscribeOptions extends SubscriptionOptions {
  /**
   * Where the release is kept. In Node a directory, which becomes a symbolic link to the newest version that is
   * complete: one in the cache directory if absent. In a browser a name within the page's origin.
   */
  readonly dir?: string
}

/**
 * Follows a channel: fetches each of its releases, and shares them with others, until it is closed.
 *
 * @param link as `publish` gives it
 * @throws {EdgeswarmError} `ERR_ARGUMENT`, or `ERR_UNSUPPORTED` in a browser that keeps no files
 * @throws {ContentError} `ERR_PLACE` if something else is in the directory
 */
export async function subscribe(link: string, { dir, ...options }: SubscribeOptions = {}): Promise<Subscription> {
  const parsed = parseLink(link)
  if (!parsed) {
    throw new EdgeswarmError(
      'ERR_ARGUMENT',
      'A link is like https://tracker.example.com/releases/<publisher>/<channel>.',
    )
  }
  return new Subscription(parsed, await openInstallation(dir ?? defaultPlace(parsed), parsed), options)
}
