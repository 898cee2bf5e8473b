import { toBytes } from '../../protocol/http/bencode.ts'
import { encodeHttpAnnounceReply, encodeHttpFailure, encodeHttpScrapeReply } from '../../protocol/http/reply.ts'
import { parseHttpAnnounce, parseHttpScrape } from '../../protocol/http/request.ts'
import type { InfoHash } from '../../protocol/ids.ts'
import { type Refusal, refusal } from '../../protocol/refusal.ts'
import { clientAddress } from '../shell/client.ts'
import { type Environment, settings } from '../shell/environment.ts'
import { isFlooding } from '../shell/guard.ts'
import { allHubs, homeOf } from '../shell/routing.ts'

/**
 * `GET /announce?…`: BitTorrent over TCP.
 *
 * @param swarm the one that the path names, if it names one
 */
export function announce(request: Request, environment: Environment, swarm: InfoHash | null): Promise<Response> {
  return answer(request, async () => {
    const parsed = parseHttpAnnounce(rawQuery(request))
    if ('code' in parsed) return failure(parsed)
    if (swarm !== null && swarm !== parsed.infoHash) return failure(otherSwarm)
    const address = clientAddress(request, settings.addressHeader)
    if (await isFlooding(environment.ANNOUNCES, address)) return failure(tooOften)
    const reply = await homeOf(environment, parsed.infoHash).announce(address, parsed)
    if (reply?.type === 'announced') return bencoded(encodeHttpAnnounceReply(reply.reply, parsed))
    return failure(reply?.type === 'refused' ? reply.refusal : unserved)
  })
}

/** `GET /scrape?…`. */
export function scrape(request: Request, environment: Environment): Promise<Response> {
  return answer(request, async () => {
    const infoHashes = parseHttpScrape(rawQuery(request))
    if (typeof infoHashes === 'object' && 'code' in infoHashes) return failure(infoHashes)
    const address = clientAddress(request, settings.addressHeader)
    if (await isFlooding(environment.ANNOUNCES, address)) return failure(tooOften)
    const [hub] = allHubs(environment)
    const reply = await hub?.scrape(address, infoHashes)
    if (reply?.type === 'scraped') return bencoded(encodeHttpScrapeReply(reply.files, reply.minInterval))
    return failure(reply?.type === 'refused' ? reply.refusal : unserved)
  })
}

// A client reads a failure only if it is bencoded, so an object that is overloaded has to be told so too.
async function answer({ method }: Request, serve: () => Promise<Response>): Promise<Response> {
  // HEAD asks what GET would say, and must change nothing.
  if (method === 'HEAD') return new Response(null)
  try {
    return await serve()
  } catch (error) {
    console.error(error)
    return failure(unserved)
  }
}

const tooOften = refusal('limited', 'your address asks too often; wait and try again', 60)
const otherSwarm = refusal('malformed', 'the URL names another swarm than info_hash does')
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
