import { networkOf } from '../../protocol/address.ts'
import { toBytes } from '../../protocol/http/bencode.ts'
import { encodeHttpAnnounceReply, encodeHttpFailure, encodeHttpScrapeReply } from '../../protocol/http/reply.ts'
import { parseHttpAnnounce, parseHttpScrape } from '../../protocol/http/request.ts'
import { toHex } from '../../protocol/ids.ts'
import { type Refusal, refusal } from '../../protocol/refusal.ts'
import { clientAddress } from '../shell/client.ts'
import { type Environment, settings } from '../shell/environment.ts'
import { allHubs, homeOf } from '../shell/routing.ts'

/** `GET /announce?…`: BitTorrent over TCP. */
export async function announce(request: Request, environment: Environment): Promise<Response> {
  const parsed = parseHttpAnnounce(rawQuery(request))
  if ('code' in parsed) return failure(parsed)
  const address = clientAddress(request, settings.addressHeader)
  if ((await environment.ANNOUNCES?.limit({ key: toHex(networkOf(address)) }))?.success === false) {
    return failure(refusal('limited', 'your address announces too often; wait and try again', 60))
  }
  const reply = await homeOf(environment, parsed.infoHash).announce(address, parsed)
  if (reply?.type === 'announced') return bencoded(encodeHttpAnnounceReply(reply.reply, parsed))
  return failure(reply?.type === 'refused' ? reply.refusal : unserved)
}

/** `GET /scrape?…`. */
export async function scrape(request: Request, environment: Environment): Promise<Response> {
  const infoHashes = parseHttpScrape(rawQuery(request))
  if (typeof infoHashes === 'object' && 'code' in infoHashes) return failure(infoHashes)
  const address = clientAddress(request, settings.addressHeader)
  const [hub] = allHubs(environment)
  const reply = await hub?.scrape(address, infoHashes)
  if (reply?.type === 'scraped') return bencoded(encodeHttpScrapeReply(reply.files, reply.minInterval))
  return failure(reply?.type === 'refused' ? reply.refusal : unserved)
}

const unserved = refusal('full', 'this tracker cannot answer now', 60)

// As it was sent: URLSearchParams would decode the bytes of an info hash as UTF-8.
function rawQuery({ url }: Request): string {
  const question = url.indexOf('?')
  return question === -1 ? '' : url.slice(question + 1)
}

const failure = (refused: Refusal): Response => bencoded(encodeHttpFailure(refused))

// A failure comes with status 200 too: clients read the reason only then.
const bencoded = (binary: string): Response =>
  new Response(toBytes(binary), { headers: { 'content-type': 'text/plain', 'cache-control': 'no-store' } })
