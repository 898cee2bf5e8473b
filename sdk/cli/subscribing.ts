import { formatLink, type Link } from '../../protocol/content/link.ts'
import { subscribe } from '../content/subscribe.ts'
import type { Subscription } from '../content/subscription.ts'
import type { Given, Option } from './command.ts'
import { rateOf } from './values.ts'

/** Options of whatever fetches and shares. */
export const EXCHANGE: Readonly<Record<string, Option>> = {
  'limit-down': { value: 'SIZE', says: 'fetch no faster than that a second: 2MB' },
  stock: { says: 'exchange with stock WebTorrent and BitTorrent clients too' },
  'limit-up': { value: 'SIZE', says: 'send to others no faster than that a second: 500kB' },
}

/** Follows a channel as the options say. @throws {UsageError} and what `subscribe` throws */
export async function subscribeAs(link: Link, directory: string, given: Given): Promise<Subscription> {
  const download = rateOf(given, 'limit-down')
  const upload = rateOf(given, 'limit-up')
  return subscribe(formatLink(link), {
    dir: directory,
    stock: given.has('stock'),
    ...(download !== undefined && { download }),
    ...(upload !== undefined && { upload }),
  })
}
