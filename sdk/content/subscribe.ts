import { parseLink } from '../../protocol/content/link.ts'
import { EdgeswarmError } from '../error.ts'
import { Subscription, type SubscriptionOptions } from './subscription.ts'
import { openInstallation } from './versions.node.ts'

/**
 * Follows a channel in a directory, which becomes a symbolic link to the newest version that is complete.
 *
 * @param link as `publish` gives it
 * @throws {EdgeswarmError} `ERR_ARGUMENT`
 * @throws {ContentError} `ERR_PLACE` if something else is in the directory
 */
export async function subscribe(
  link: string,
  { dir, ...options }: SubscriptionOptions & { readonly dir: string },
): Promise<Subscription> {
  const parsed = parseLink(link)
  if (!parsed) {
    throw new EdgeswarmError(
      'ERR_ARGUMENT',
      'A link is like https://tracker.example.com/releases/<publisher>/<channel>.',
    )
  }
  return new Subscription(parsed, await openInstallation(dir, parsed), options)
}
