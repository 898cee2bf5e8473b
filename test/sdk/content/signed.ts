import type { Link } from '../../../protocol/content/link.ts'
import type { Release } from '../../../protocol/content/release.ts'
import { encodeFeed } from '../../../protocol/content/sealed.ts'
import { toBase64Url } from '../../../protocol/content/text.ts'
import { sealRelease } from '../../../sdk/content/sign.ts'
import { createIdentity, type Identity } from '../../../sdk/index.ts'
import { DAY, releaseOf } from '../../protocol/content/examples.ts'

export const nameOf = ({ publicKey }: Identity): string => toBase64Url(publicKey)

type Said = Partial<Release> & { readonly by: Identity }

/** A channel whose publisher hands over from one key to the next, and what its keys sign. */
export async function openChannel() {
  const [old, key] = [await createIdentity(), await createIdentity()]
  const link: Link = { tracker: 'http://127.0.0.1:9', publisher: nameOf(old), channel: 'stable' }
  const now = Date.now()
  const signed = ({ by, ...changes }: Said) =>
    releaseOf({
      ...{ publisher: nameOf(old), key: nameOf(by) },
      ...{ published: now - 2 * DAY, expires: now + DAY },
      ...changes,
    })
  return {
    link,
    old,
    key,
    now,
    /** What a release says. */
    signed,
    /** The text of a feed of these. */
    feed: async (...releases: readonly Said[]) =>
      encodeFeed({ releases: await Promise.all(releases.map((said) => sealRelease(signed(said), said.by))) }),
    /** The release that hands over. */
    handOver: { by: old, number: 1, successor: nameOf(key) },
  }
}
