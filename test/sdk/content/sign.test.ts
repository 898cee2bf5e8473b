import { describe, expect, it } from 'vitest'
import { decodeRelease, encodeRelease, type Release } from '../../../protocol/content/release.ts'
import { encodeFeed, type Sealed } from '../../../protocol/content/sealed.ts'
import { toBase64Url } from '../../../protocol/content/text.ts'
import type { Known } from '../../../protocol/content/trust.ts'
import { digestOf, openFeed, openSealed, sealRelease } from '../../../sdk/content/sign.ts'
import { createIdentity, type Identity } from '../../../sdk/shell/identity.ts'
import { NOW, releaseOf } from '../../protocol/content/examples.ts'

const keyOf = ({ publicKey }: Identity) => toBase64Url(publicKey)

async function publisher() {
  const identity = await createIdentity()
  const key = keyOf(identity)
  const seal = (changes: Partial<Release> = {}, by = identity) =>
    sealRelease(releaseOf({ publisher: key, key: keyOf(by), ...changes }), by)
  const open = (releases: readonly Sealed[], known: Known | null = null, now = NOW) =>
    openFeed(encodeFeed({ releases }), { publisher: key, channel: 'stable', known, now })
  return { identity, key, seal, open }
}

describe('a sealed release', () => {
  it('opens as what was sealed', async () => {
    const { seal, open } = await publisher()
    const sealed = await seal({ number: 7 })
    const opened = await openSealed(sealed)
    expect(opened?.release).toEqual(decodeRelease(sealed.release))
    expect(opened?.digest).toBe(await digestOf(sealed))
    expect(await open([sealed])).toMatchObject({ type: 'accepted', release: { number: 7 }, known: { number: 7 } })
  })

  it('does not open once a character of it is another', async () => {
    const { seal, open } = await publisher()
    const sealed = await seal({ number: 7 })
    const changed = { ...sealed, release: sealed.release.replace('"number":7', '"number":8') }
    expect(decodeRelease(changed.release)?.number).toBe(8)
    expect(await openSealed(changed)).toBeNull()
    expect(await open([changed])).toMatchObject({ type: 'refused', code: 'wrong-key' })
  })

  it('is refused to be made by another key, or of fields that can not be', async () => {
    const { seal } = await publisher()
    const other = await createIdentity()
    await expect(seal({ key: keyOf(other) })).rejects.toThrow(/names .* as its key/)
    await expect(seal({ version: '' })).rejects.toThrow(/can't be signed: version must be/)
    await expect(seal({ expires: 0 })).rejects.toThrow(/expires must be later/)
  })

  it('by a stranger who names himself as the key proves nothing', async () => {
    const { seal, open } = await publisher()
    const stranger = await createIdentity()
    const forged = await seal({ number: 9 }, stranger)
    expect(await openSealed(forged)).not.toBeNull()
    expect(await open([forged])).toMatchObject({ type: 'refused', code: 'wrong-key' })
  })
})

describe('a feed', () => {
  it('follows a hand-over, and refuses the key of before', async () => {
    const { seal, open } = await publisher()
    const successor = await createIdentity()
    const handOver = await seal({ number: 2, successor: keyOf(successor) })
    const next = await seal({ number: 3 }, successor)
    const accepted = await open([handOver, next])
    expect(accepted).toMatchObject({ type: 'accepted', known: { number: 3, key: keyOf(successor) } })
    const thief = await seal({ number: 4 })
    const known = accepted.type === 'accepted' ? accepted.known : null
    expect(await open([thief], known)).toMatchObject({ type: 'refused', code: 'wrong-key' })
    expect(await open([handOver, thief])).toMatchObject({ type: 'refused', code: 'wrong-key' })
  })

  it('of before, or another of the same number, is refused by who knows better', async () => {
    const { key, seal, open } = await publisher()
    const newest = await seal({ number: 5 })
    const known = { number: 5, digest: await digestOf(newest), key }
    expect(await open([newest], known)).toMatchObject({ type: 'accepted' })
    expect(await open([await seal({ number: 4 })], known)).toMatchObject({ type: 'refused', code: 'rollback' })
    const other = await seal({ number: 5, version: 'other' })
    expect(await open([other], known)).toMatchObject({ type: 'refused', code: 'fork' })
  })

  it('that is none is refused', async () => {
    const expected = { publisher: (await publisher()).key, channel: 'stable', known: null, now: NOW }
    for (const text of ['', '{}', '{"releases":[]}', 'x'.repeat(2_000_000)]) {
      expect(await openFeed(text, expected)).toMatchObject({ type: 'refused', code: 'malformed' })
    }
    const signature = 'A'.repeat(86)
    const noRelease = encodeFeed({ releases: [{ release: '{}', signature }] })
    expect(await openFeed(noRelease, expected)).toMatchObject({ type: 'refused', code: 'malformed' })
    const noKey = encodeRelease(releaseOf({ key: 'A'.repeat(43) }))
    const unsigned = encodeFeed({ releases: [{ release: noKey, signature }] })
    expect(await openFeed(unsigned, expected)).toMatchObject({ type: 'refused' })
  })
})
