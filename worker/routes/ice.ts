import { refusal } from '../../protocol/refusal.ts'
import { iceReply, turnUsername } from '../core/ice.ts'
import { clientAddress } from '../shell/client.ts'
import { type Environment, settings } from '../shell/environment.ts'
import { isFlooding, refuseOrigin } from '../shell/guard.ts'
import { refusalResponse } from '../shell/refusal.ts'
import { turnCredential } from '../shell/turn.ts'

/** `GET /ice`: the STUN and TURN servers for an `RTCPeerConnection`. No hub is asked. */
export async function tellIceServers(request: Request, environment: Environment): Promise<Response> {
  const refused = refuseOrigin(request)
  if (refused) return refusalResponse(refused)
  const address = clientAddress(request, settings.addressHeader)
  // By itself: who asks for servers is about to open a WebSocket, and must not be held back from that.
  if (await isFlooding(environment.UPGRADES, address, 'ice:')) {
    return refusalResponse(refusal('limited', 'your address asks too often; wait and try again', 60))
  }
  const username = turnUsername(settings, Date.now())
  const credential = settings.turnSecret === null ? '' : await turnCredential(settings.turnSecret, username)
  return Response.json(iceReply(settings, username, credential), { headers: { 'cache-control': 'no-store' } })
}
