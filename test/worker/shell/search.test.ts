import { runInDurableObject } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import { metadataBytes } from '../../protocol/content/examples.ts'
import { catalog, newSigner, publish, send, sha256Of } from './publisher.ts'

describe('U12: search', () => {
  const search = async (query: string) => {
    const response = await send(`/releases?q=${encodeURIComponent(query)}`)
    expect(response.status).toBe(200)
    const { releases } = await response.json<{ releases: { name: string; publisher: string; channel: string }[] }>()
    return releases
  }
  const names = async (query: string) => (await search(query)).map(({ name }) => name)

  it('finds by name, summary, tags, channel, version and file paths; a word in the name counts most', async () => {
    const bytes = metadataBytes({ 'textures/zwiebelkuchen.png': 1 })
    const sha256 = await sha256Of(bytes)
    const metadata = { sha256, length: bytes.length, urls: [] }
    const signer = await newSigner()
    const rest = { summary: '', tags: [] }
    await publish(signer, { ...rest, channel: 'a', name: 'by-path', metadata })
    await publish(signer, { ...rest, channel: 'b', name: 'by-summary', summary: 'Ein Zwiebelkuchen.' })
    await publish(signer, { ...rest, channel: 'c', name: 'zwiebelkuchen' })
    await publish(signer, { ...rest, channel: 'zwiebelkuchen', name: 'by-channel' })
    await publish(signer, { ...rest, channel: 'd', name: 'by-tag', tags: ['zwiebelkuchen'] })
    await publish(signer, { ...rest, channel: 'e', name: 'by-version', version: 'Zwiebelkuchen 2' })
    expect((await names('zwiebelkuchen')).sort()).toEqual([
      'by-channel',
      'by-summary',
      'by-tag',
      'by-version',
      'zwiebelkuchen',
    ])
    await send(`/metadata/${sha256}`, { method: 'PUT', body: bytes })
    const found = await search('zwiebelkuchen')
    expect(found.map(({ name }) => name)).toHaveLength(6)
    expect(found[0]).toMatchObject({ name: 'zwiebelkuchen', publisher: signer.key, channel: 'c', number: 1, tags: [] })
    expect(found.at(-1)?.name).toBe('by-path')
    expect(await names('ZWIEBEL')).toHaveLength(6)
    expect(await names('zwiebelkuchen version')).toEqual(['by-version'])
    expect(await names('zwiebelkuchen nirgends')).toEqual([])
  })

  it('finds the newest release of a channel, while it is public and has not expired', async () => {
    const signer = await newSigner()
    await publish(signer, { number: 1, name: 'apfelstrudel' })
    expect(await names('apfelstrudel')).toEqual(['apfelstrudel'])
    await publish(signer, { number: 2, name: 'birnenstrudel' })
    expect([await names('apfelstrudel'), await names('birnenstrudel')]).toEqual([[], ['birnenstrudel']])
    await publish(signer, { number: 3, name: 'birnenstrudel', isPublic: false })
    expect(await names('birnenstrudel')).toEqual([])
    const soon = await newSigner()
    const expires = Date.now() + 60_000
    await publish(soon, { name: 'quarkstrudel', expires })
    expect(await names('quarkstrudel')).toEqual(['quarkstrudel'])
    await runInDurableObject(catalog(), (_, { storage }) => {
      storage.sql.exec('UPDATE channels SET expires = ? WHERE expires = ?', Date.now() - 1, expires)
    })
    expect(await names('quarkstrudel')).toEqual([])
  })

  it('tells at most 20, and without words the newest', async () => {
    const signer = await newSigner()
    for (let number = 0; number < 22; number++) {
      await publish(signer, { channel: `c${number}`, name: 'pflaumenmus', published: Date.now() + number })
    }
    expect(await search('pflaumenmus')).toHaveLength(20)
    const newest = await search('')
    expect(newest).toHaveLength(20)
    expect(newest[0]).toMatchObject({ name: 'pflaumenmus', channel: 'c21' })
  })

  it.each([
    '"',
    `' OR 1=1 --`,
    'a AND',
    'NOT',
    'name:x',
    'a*',
    '^a',
    'a NEAR(b',
    '(((',
    '\0',
    '-',
    '{a b}: c',
    '😀',
    'x'.repeat(500),
  ])('takes any words for words: %j', async (query) => {
    expect(await search(query)).toBeInstanceOf(Array)
  })
})
