import {
  checkRelease,
  decodeRelease,
  encodeRelease,
  MAX_RELEASE,
  type Release,
} from '../../protocol/content/release.ts'
import { decodeFeed, type Sealed, signedBytes } from '../../protocol/content/sealed.ts'
import { fitsUtf8, fromBase64Url, toBase64Url, toUtf8 } from '../../protocol/content/text.ts'
import { type Expected, judge, type Judgement, type Opened } from '../../protocol/content/trust.ts'
import { type Identity, verify } from '../shell/identity.ts'
import { digest } from './digest.ts'
import { ContentError } from './error.ts'

/** The `digest` of a sealed release: what the next one names as `previous`. */
export const digestOf = ({ release }: Sealed): Promise<string> => digest('SHA-256', toUtf8(release))

/** Signs a release, whose `key` has to be that identity's. */
export async function sealRelease(release: Release, identity: Identity): Promise<Sealed> {
  const problem = checkRelease(release)
  if (problem) throw new ContentError('ERR_RELEASE', `The release can't be signed: ${problem}.`)
  const key = toBase64Url(identity.publicKey)
  if (release.key !== key) {
    throw new ContentError('ERR_RELEASE', `The release names ${release.key} as its key, and this one is ${key}.`)
  }
  const text = encodeRelease(release)
  if (!fitsUtf8(text, MAX_RELEASE)) {
    throw new ContentError('ERR_RELEASE', `The release can't be signed: it has more than ${MAX_RELEASE} bytes of text.`)
  }
  return { release: text, signature: toBase64Url(await identity.sign(signedBytes(text))) }
}

/** The release in it, if the signature is that of the key that it names; `null` otherwise. Whose key that is stays open. */
export async function openSealed({ release: text, signature }: Sealed): Promise<Opened | null> {
  const release = decodeRelease(text)
  if (!release) return null
  const isGenuine = await verify(fromBase64Url(release.key), signedBytes(text), fromBase64Url(signature))
  return isGenuine ? { release, digest: await digest('SHA-256', toUtf8(text)), text } : null
}

/** Whether the newest release of a feed is to be believed: every signature in it, and then the rules of trust. */
export async function openFeed(text: string, expected: Expected): Promise<Judgement> {
  const feed = decodeFeed(text)
  if (!feed) return { type: 'refused', code: 'malformed', message: 'this is no feed of a channel' }
  const chain: Opened[] = []
  for (const sealed of feed.releases) {
    const opened = await openSealed(sealed)
    if (!opened) return unreadable(sealed)
    chain.push(opened)
  }
  return judge(expected, chain)
}

function unreadable(sealed: Sealed): Judgement {
  const release = decodeRelease(sealed.release)
  if (!release) return { type: 'refused', code: 'malformed', message: 'the feed holds what is no release' }
  const message = `the signature of release ${release.number} is not that of ${release.key}`
  return { type: 'refused', code: 'wrong-key', message }
}
