import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, cp, readdir, readlink, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { makeMetadata } from '../../../sdk/content/make.ts'
import { openStore } from '../../../sdk/content/store.node.ts'
import { openInstallation } from '../../../sdk/content/versions.node.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { CHANNEL, harvest, hashes, plant, promised } from './trees.ts'

const first = { 'a/same': randomBytes(20_000), b: randomBytes(3), 'd/e': randomBytes(9) }
const second = { 'a/same': first['a/same'], b: randomBytes(40_000), 'c/empty': new Uint8Array() }

/** Fetches all of a version from where it was published, and makes it the current one. */
async function install(folder: string, from: string, number: number): Promise<number> {
  const made = await makeMetadata(join(folder, from), 'app', { pieceLength: 16_384 })
  const origin = await openStore(made.root, made.metadata)
  const installation = await openInstallation(join(folder, 'app'), CHANNEL)
  const found = installation.current?.number ?? 0
  const download = await installation.begin(promised(made, number), made.bytes)
  for (let piece = 0; piece < origin.places.count; piece++) {
    await download.accept(piece, await origin.read(piece, 0, origin.places.placeOf(piece).length))
  }
  expect(await download.finish()).toMatchObject({ number })
  await Promise.all([origin.close(), installation.close()])
  return found
}

const isExecutable = async (path: string): Promise<boolean> => ((await stat(path)).mode & 0o100) !== 0

const update = (folder: string, deadly: number) =>
  spawnSync(process.execPath, [join(import.meta.dirname, 'dying.ts'), folder, `${deadly}`], { encoding: 'utf8' })

it('an update that is killed before any of its steps leaves one version or the other, and goes on', async () => {
  await using scene = await temporaryFolder()
  const begun = join(scene.path, 'begun')
  await plant(join(begun, 'first'), first)
  await plant(join(begun, 'second'), second)
  // The same content, but that it becomes executable.
  await chmod(join(begun, 'second/a/same'), 0o755)
  await install(begun, 'first', 1)
  const shown: string[] = []
  for (let deadly = 1; ; deadly++) {
    const folder = join(scene.path, `${deadly}`)
    await cp(begun, folder, { recursive: true, verbatimSymlinks: true })
    const { signal, stdout, stderr } = update(folder, deadly)
    const after = await harvest(join(folder, 'app'))
    const version = (await readlink(join(folder, 'app'))).slice(-1)
    expect(after).toEqual(hashes(version === '1' ? first : second))
    expect(await isExecutable(join(folder, 'app/a/same'))).toBe(version === '2')
    shown.push(version)
    const found = await install(folder, 'second', 2)
    expect(found).toBeGreaterThanOrEqual(Number(version))
    expect(await harvest(join(folder, 'app'))).toEqual(hashes(second))
    expect(await isExecutable(join(folder, 'app/a/same'))).toBe(true)
    const base = join(folder, '.app.edgeswarm')
    expect((await readdir(base)).sort()).toEqual(['metadata', 'staging', 'state.json', 'versions'])
    expect(await readdir(join(base, 'staging'))).toEqual([])
    expect((await readdir(join(base, 'versions'))).sort()).toEqual(['1', '2'])
    if (signal === 'SIGKILL') continue
    expect(stderr).toBe('')
    // All of its steps were deadly once.
    expect(Number(stdout)).toBe(deadly - 1)
    break
  }
  expect(shown.length).toBeGreaterThan(20)
  // It has switched once, and never back.
  expect(shown.join('')).toMatch(/^1+2+$/)
})
