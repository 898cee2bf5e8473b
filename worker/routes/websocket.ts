import { formatAddress } from '../../protocol/address.ts'
import { type InfoHash, toHex } from '../../protocol/ids.ts'
import { refusal } from '../../protocol/refusal.ts'
import { clientAddress } from '../shell/client.ts'
import { type Environment, settings } from '../shell/environment.ts'
import { isFlooding, refuseOrigin } from '../shell/guard.ts'
import { refusalResponse } from '../shell/refusal.ts'
import { homeOf, hubForAddress } from '../shell/routing.ts'

/**
 * Lets a WebSocket in: to the home of the swarm that its URL names, or to the hub of its address. The response
 * is the hub's own, so the Worker is never in the path of a message.
 */
export async function openWebSocket(
  request: Request,
  environment: Environment,
  swarm: InfoHash | null,
): Promise<Response> {
  const refused = refuseOrigin(request)
  if (refused) return refusalResponse(refused)
  const address = clientAddress(request, settings.addressHeader)
  if (await isFlooding(environment.UPGRADES, address)) {
    return refusalResponse(refusal('limited', 'your address opens too many connections; wait and try again', 60))
  }
  const query = new URLSearchParams({ address: formatAddress(address), ...(swarm && { swarm: toHex(swarm) }) })
  const hub = swarm ? homeOf(environment, swarm) : hubForAddress(environment, address)
  try {
    return await hub.fetch(new Request(`https://hub/?${query.toString()}`, { headers: { upgrade: 'websocket' } }))
  } catch (error) {
    console.error(error)
    return refusalResponse(refusal('full', 'this tracker cannot answer now', 60))
  }
}

export const isUpgrade = (request: Request): boolean => request.headers.get('upgrade')?.toLowerCase() === 'websocket'
