import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { ROOT } from './project.ts'

const BUILD = `${ROOT}/dist/sdk`

/** The names in a list of exports of index.d.ts: `values` exist at run time, `types` do not. */
async function declared(kind: 'values' | 'types'): Promise<string[]> {
  const types = await readFile(`${BUILD}/index.d.ts`, 'utf8')
  const list = kind === 'values' ? /^export \{(.*)\};$/m : /^export type \{(.*)\};$/m
  return (list.exec(types)?.[1] ?? '').split(',').map((name) => name.trim())
}

it.each(['node.js', 'browser.js', 'edgeswarm.min.js'])('%s exports what index.d.ts says it does', async (file) => {
  const module = (await import(`${BUILD}/${file}`)) as object
  expect(await declared('values')).toEqual(Object.keys(module).sort())
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

it('nothing internal shows in index.d.ts, and nothing is imported there', async () => {
  const types = await readFile(`${BUILD}/index.d.ts`, 'utf8')
  expect(types).not.toMatch(/@internal|^import /m)
})
