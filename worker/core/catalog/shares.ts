import { type Address, networkOf } from '../../../protocol/address.ts'
import { toHex } from '../../../protocol/ids.ts'

/** Things that are dropped at once, at most, so that it is done in a moment. A guess. */
const MOST_DROPPED = 1000

/** How much of what the catalogue has room for is a network's: channels, or bytes of metadata. */
export interface Share {
  readonly network: string
  readonly amount: number
}

/** Something that takes room. */
export interface Item extends Share {
  readonly id: string
}

/** A network as the catalogue stores it: 8 hex digits for an IPv4 address, 16 for the /64 of an IPv6 one. */
export const storedNetwork = (address: Address): string => toHex(networkOf(address))

/** The /48 of an IPv6 network: what a site gets (RFC 6177 §2), so that 65,536 networks cost nothing. IPv4 as it is. */
export const siteOf = (network: string): string => network.slice(0, 12)

interface Site {
  amount: number
  readonly networks: Map<string, number>
}

/**
 * The network that gives room to a newcomer (rule U18): the largest one of the site that has most, if that is more than
 * the newcomer's site would have then; or else the largest one of the newcomer's own site, if that is more than the
 * newcomer would have. `null` if nobody has more.
 */
export const whoYields = (shares: readonly Share[], newcomer: string, wanted: number): string | null =>
  yielder(sitesOf(shares), newcomer, wanted)

/**
 * What is dropped so that `wanted` fits, and `excess` would be too much; `null` if nobody has to give so much.
 *
 * @param items the largest first, which is dropped first: few are touched, and many small ones shield no large one
 */
export function planRoom(items: readonly Item[], newcomer: string, wanted: number, excess: number): string[] | null {
  const sites = sitesOf(items)
  const left = Map.groupBy(items.toReversed(), ({ network }) => network)
  const dropped: string[] = []
  for (let over = excess; over > 0;) {
    const network = dropped.length < MOST_DROPPED ? yielder(sites, newcomer, wanted) : null
    const item = network === null ? undefined : left.get(network)?.pop()
    if (!item) return null
    add(sites, { network: item.network, amount: -item.amount })
    over -= item.amount
    dropped.push(item.id)
  }
  return dropped
}

function sitesOf(shares: readonly Share[]): Map<string, Site> {
  const sites = new Map<string, Site>()
  for (const share of shares) add(sites, share)
  return sites
}

function add(sites: Map<string, Site>, { network, amount }: Share): void {
  const key = siteOf(network)
  const site = sites.get(key) ?? { amount: 0, networks: new Map<string, number>() }
  sites.set(key, site)
  site.amount += amount
  site.networks.set(network, (site.networks.get(network) ?? 0) + amount)
}

function yielder(sites: ReadonlyMap<string, Site>, newcomer: string, wanted: number): string | null {
  const own = sites.get(siteOf(newcomer))
  let most: Site | undefined
  for (const site of sites.values()) {
    if (!most || site.amount > most.amount) most = site
  }
  if (most && most.amount > (own?.amount ?? 0) + wanted) return largestOf(most)
  const neighbour = own && largestOf(own)
  if (!own || !neighbour) return null
  const { networks } = own
  return (networks.get(neighbour) ?? 0) > (networks.get(newcomer) ?? 0) + wanted ? neighbour : null
}

function largestOf({ networks }: Site): string | null {
  let largest: string | null = null
  for (const [network, amount] of networks) {
    if (largest === null || amount > (networks.get(largest) ?? 0)) largest = network
  }
  return largest
}
