import type { Address } from '../../protocol/address.ts'
import { decodeRelease, isChannel } from '../../protocol/content/release.ts'
import { decodeFeed, MAX_FEED, type Sealed, signedBytes } from '../../protocol/content/sealed.ts'
import { fromUtf8, isKey, toUtf8 } from '../../protocol/content/text.ts'
import { type Denial, denial, isDenial } from '../core/catalog/denial.ts'
import type { Verified } from '../core/catalog/publish.ts'
import { denyListed, mayPublish } from '../core/catalog/publishers.ts'
import { readBody } from '../shell/body.ts'
import type { Tagged } from '../shell/catalog/catalog.ts'
import { clientAddress } from '../shell/client.ts'
import { conditionalResponse } from '../shell/conditional.ts'
import { denialResponse } from '../shell/denial.ts'
import { type Environment, settings } from '../shell/environment.ts'
import { isFlooding } from '../shell/guard.ts'
import { catalogOf } from '../shell/routing.ts'
import { isSignedBy, sha256Of } from '../shell/signature.ts'
import { PAGES, pageResponse } from './pages.ts'

/** Which channel a path names. */
export interface ChannelPath {
  readonly publisher: string
  readonly channel: string
}

/** `PUT /releases/<publisher>/<channel>`: a feed (rule U10). */
export async function putFeed(request: Request, environment: Environment, path: ChannelPath): Promise<Response> {
  const address = clientAddress(request, settings.addressHeader)
  const chain = (await refuseFlood(environment, address)) ?? refusePath(path) ?? (await readChain(request, path))
  if (isDenial(chain)) return denialResponse(chain)
  const published = await catalogOf(environment).publish(address, { ...path, chain })
  if (published.type === 'denied') return denialResponse(published)
  const { number, isNew, hasMetadata } = published
  return Response.json({ number, hasMetadata }, { status: isNew ? 201 : 200, headers: { 'cache-control': 'no-store' } })
}

/** `GET /releases/<publisher>/<channel>`: its feed; or a page, to a browser that was led here by a link. */
export async function getFeed(request: Request, environment: Environment, path: ChannelPath): Promise<Response> {
  const page = PAGES['/']
  const { headers } = request
  if (page && (headers.get('accept') ?? '').includes('text/html')) {
    const response = pageResponse(page, request)
    response.headers.append('vary', 'accept')
    return response
  }
  return answer(request, environment, path, (ifNoneMatch) =>
    catalogOf(environment).feed(path.publisher, path.channel, ifNoneMatch),
  )
}

/** `GET /releases/<publisher>/<channel>/<number>`: one sealed release. */
export const getRelease = (
  request: Request,
  environment: Environment,
  path: ChannelPath,
  number: string,
): Promise<Response> =>
  answer(request, environment, path, async () =>
    /^\d{1,16}$/.test(number)
      ? await catalogOf(environment).sealed(path.publisher, path.channel, Number(number))
      : null,
  )

/** `GET /releases/<publisher>/<channel>/history`: what is kept of it, the newest first. */
export const getHistory = (request: Request, environment: Environment, path: ChannelPath): Promise<Response> =>
  answer(request, environment, path, (ifNoneMatch) =>
    catalogOf(environment).history(path.publisher, path.channel, ifNoneMatch),
  )

/** `GET /releases?q=…`: public releases by what stands in them (rule U12). */
export async function search(request: Request, environment: Environment): Promise<Response> {
  const address = clientAddress(request, settings.addressHeader)
  const flood = await refuseFlood(environment, address)
  if (flood) return denialResponse(flood)
  const query = new URL(request.url).searchParams.get('q') ?? ''
  const found = await catalogOf(environment).search(address, query)
  if (found.type === 'denied') return denialResponse(found)
  return Response.json({ releases: found.releases }, { headers: { 'cache-control': 'no-cache' } })
}

/** Who floods with changes or searches is held back by the platform, where it can, before the catalogue hears of it. */
export const refuseFlood = async ({ ANNOUNCES }: Environment, address: Address): Promise<Denial | null> =>
  (await isFlooding(ANNOUNCES, address, 'releases:'))
    ? denial(429, 'your address asks too often; wait and try again', 60)
    : null

async function answer(
  request: Request,
  environment: Environment,
  path: ChannelPath,
  find: (ifNoneMatch: string | null) => Promise<Tagged | null>,
): Promise<Response> {
  const address = clientAddress(request, settings.addressHeader)
  const refused = (await refuseFlood(environment, address)) ?? refusePath(path)
  if (refused) return denialResponse(refused)
  const found = await find(request.headers.get('if-none-match'))
  if (!found) return denialResponse(denial(404, 'this catalogue has no such release'))
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-cache', vary: 'accept' }
  return conditionalResponse(request, { tag: found.tag, headers }, () => found.text ?? '')
}

const refusePath = ({ publisher, channel }: ChannelPath): Denial | null =>
  isKey(publisher) && isChannel(channel)
    ? null
    : denial(400, 'the address must be /releases/<key of 43 characters>/<channel of a-z, 0-9, ".", "_" and "-">')

/** The releases of the body, each signed by its own key; whether these keys may is for the catalogue to judge. */
async function readChain(request: Request, { publisher }: ChannelPath): Promise<Denial | Verified[]> {
  if (!mayPublish(settings, publisher)) {
    return denial(403, 'the operator lists who may publish here in PUBLISHERS, and this key is not among them')
  }
  const body = await readBody(request, MAX_FEED)
  if (!body) return denial(413, `a feed may have ${MAX_FEED} bytes`)
  const feed = decodeFeed(fromUtf8(body) ?? '')
  if (!feed) return denial(400, 'the body is no feed: {"releases":[{"release":…,"signature":…}]}')
  const chain: Verified[] = []
  for (const sealed of feed.releases) {
    const opened = await open(sealed)
    if (isDenial(opened)) return opened
    chain.push(opened)
  }
  const listed = denyListed(settings, chain.at(-1)?.release.infoHash ?? '')
  return listed ?? chain
}

async function open({ release: text, signature }: Sealed): Promise<Denial | Verified> {
  const release = decodeRelease(text)
  if (!release) return denial(400, 'the feed holds a text that is no release by rule U1')
  if (!(await isSignedBy(release.key, signature, signedBytes(text)))) {
    return denial(403, `release ${release.number} is not signed by the key that it names`)
  }
  return { release, text, signature, digest: await sha256Of(toUtf8(text)) }
}
