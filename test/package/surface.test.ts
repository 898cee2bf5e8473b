import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { ROOT } from './project.ts'

const BUILD = `${ROOT}/dist/sdk`

/** The names in a list of exports of a declaration: `values` exist at run time, `types` do not. */
async function declared(kind: 'values' | 'types', file = 'index.d.ts'): Promise<string[]> {
  const types = await readFile(`${BUILD}/${file}`, 'utf8')
  const list = kind === 'values' ? /^export \{(.*)\};$/m : /^export type \{(.*)\};$/m
  return (list.exec(types)?.[1] ?? '').split(',').map((name) => name.trim())
}

it.each([
  ['node.js', 'index.d.ts'],
  ['browser.js', 'index.d.ts'],
  ['edgeswarm.min.js', 'index.d.ts'],
  ['content.js', 'content.d.ts'],
  ['content.min.js', 'content.d.ts'],
  ['content.node.js', 'content.node.d.ts'],
])('%s exports what %s says it does', async (file, declaration) => {
  const module = (await import(`${BUILD}/${file}`)) as object
  expect(await declared('values', declaration)).toEqual(Object.keys(module).sort())
})

it('the values that index.d.ts exports', async () => {
  expect(await declared('values')).toMatchInlineSnapshot(`
    [
      "EdgeswarmError",
      "Mesh",
      "Peer",
      "Topic",
      "ValueError",
      "createIdentity",
      "join",
    ]
  `)
})

it('the types that index.d.ts exports', async () => {
  expect(await declared('types')).toMatchInlineSnapshot(`
    [
      "ErrorCode",
      "Handler",
      "IceServer",
      "IceServers",
      "Identity",
      "JoinOptions",
      "MeshRequestInit",
      "Message",
      "OnProgress",
      "Presence",
      "Progress",
      "ReadOptions",
      "ServeContext",
      "TrackerNotice",
    ]
  `)
})

it('the values that content.d.ts exports, and what Node has beside them', async () => {
  const values = await declared('values', 'content.d.ts')
  expect(values).toMatchInlineSnapshot(`
    [
      "ContentError",
      "EdgeswarmError",
      "Publication",
      "Subscription",
      "formatLink",
      "install",
      "parseLink",
      "publishFiles",
      "subscribe",
      "swarmFetch",
    ]
  `)
  const more = (await declared('values', 'content.node.d.ts')).filter((name) => !values.includes(name))
  expect(more).toMatchInlineSnapshot(`
    [
      "listKeys",
      "loadKey",
      "makeKey",
      "publish",
    ]
  `)
})

it('the types that content.d.ts exports, and what Node has beside them', async () => {
  const types = await declared('types', 'content.d.ts')
  expect(types).toMatchInlineSnapshot(`
    [
      "ByteRange",
      "ContentErrorCode",
      "DownloadProgress",
      "ErrorCode",
      "FileProgress",
      "FileToPublish",
      "InstallOptions",
      "Installed",
      "Link",
      "NotInstalled",
      "OpenFile",
      "OtherPeer",
      "Pause",
      "Policy",
      "PublishOptions",
      "Release",
      "SeedUntil",
      "SubscribeOptions",
      "SubscriptionOptions",
      "SwarmFetchInit",
      "Traffic",
    ]
  `)
  const more = (await declared('types', 'content.node.d.ts')).filter((name) => !types.includes(name))
  expect(more).toMatchInlineSnapshot(`
    [
      "PublishDirectoryOptions",
      "PublisherKey",
    ]
  `)
})

it('both entries share their classes, so that an error of one is an error of the other', async () => {
  for (const [mesh, content] of [
    ['node.js', 'content.node.js'],
    ['browser.js', 'content.js'],
  ] as const) {
    const [one, other] = (await Promise.all([mesh, content].map((file) => import(`${BUILD}/${file}`)))) as [
      { EdgeswarmError: unknown },
      { EdgeswarmError: unknown },
    ]
    expect(one.EdgeswarmError).toBe(other.EdgeswarmError)
  }
})

it.each(['index.d.ts', 'content.d.ts', 'content.node.d.ts'])(
  'nothing internal shows in %s, and nothing is imported there',
  async (file) => {
    expect(await readFile(`${BUILD}/${file}`, 'utf8')).not.toMatch(/@internal|^import /m)
  },
)
