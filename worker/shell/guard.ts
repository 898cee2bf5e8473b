import { type Address, networkOf } from '../../protocol/address.ts'
import { toHex } from '../../protocol/ids.ts'
import { type Refusal, refusal } from '../../protocol/refusal.ts'
import { settings } from './environment.ts'

/** Whether the page that asks may not use this tracker; who is no browser sends no `Origin` and passes (rule G7). */
export function refuseOrigin({ headers }: Request): Refusal | null {
  const origin = headers.get('origin')
  if (origin === null || settings.allowedOrigins.size === 0 || settings.allowedOrigins.has(origin)) return null
  return refusal('forbidden', `pages of ${origin} may not use this tracker`)
}

/**
 * Whether an address asks more often than the platform's rate limit lets it; never where there is none.
 *
 * @param purpose what is counted by itself within the limit
 */
export const isFlooding = async (limit: RateLimit | undefined, address: Address, purpose = ''): Promise<boolean> =>
  (await limit?.limit({ key: purpose + toHex(networkOf(address)) }))?.success === false
