import { spawnSync } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { ESLint } from 'eslint'
import { afterEach, describe, expect, it } from 'vitest'

const trespassers = {
  worker: 'worker/core/trespasser.ts',
  core: 'sdk/core/trespasser.ts',
  overlay: 'sdk/overlay/trespasser.ts',
}

afterEach(() => Promise.all(Object.values(trespassers).map((path) => rm(path, { force: true }))))

describe('the check keeps a core pure', () => {
  it.each([
    ['reads the clock', 'export const now = (): number => Date.now()', 'no-restricted-properties'],
    ['makes a date', 'export const now = (): Date => new Date()', 'no-restricted-syntax'],
    ['throws dice', 'export const roll = (): number => Math.random()', 'no-restricted-properties'],
    [
      'waits',
      'export const wait = async (time: Promise<void>): Promise<void> => { await time }',
      'no-restricted-syntax',
    ],
    ['sets a timer', 'export const later = (act: () => void): unknown => setTimeout(act, 1)', 'no-restricted-globals'],
    ['fetches', "export const load = (): unknown => fetch('https://example.com')", 'no-restricted-globals'],
  ])('a core that %s fails', async (_, source, rule) => {
    for (const trespasser of [trespassers.worker, trespassers.overlay]) {
      await writeFile(trespasser, `${source}\n`)
      const [result] = await new ESLint().lintFiles(trespasser)
      expect(result?.messages.map(({ ruleId }) => ruleId)).toContain(rule)
    }
  })

  it.each([
    ['a platform module', 'worker', "export { DurableObject } from 'cloudflare:workers'", 'cores-know-no-platform'],
    ['a package', 'worker', "export { Hono } from 'hono'", 'cores-know-no-platform'],
    ['a shell', 'worker', "export { HubStorage } from '../shell/storage.ts'", 'cores-know-no-platform'],
    ['a shell of the SDK', 'overlay', "export { Link } from '../shell/link.ts'", 'overlay-knows-no-platform'],
    ['a face', 'overlay', "export { EdgeswarmError } from '../error.ts'", 'overlay-knows-no-platform'],
    ['the overlay', 'core', "export { handle } from '../overlay/overlay.ts'", 'sdk-cores-know-no-platform'],
  ] as const)('a core that imports %s fails', async (_, floor, source, rule) => {
    await writeFile(trespassers[floor], `${source}\n`)
    const folder = floor === 'worker' ? 'worker' : 'sdk'
    const { status, stdout } = spawnSync('depcruise', ['--config', '.dependency-cruiser.cjs', folder], {
      encoding: 'utf8',
    })
    expect(status).not.toBe(0)
    expect(stdout).toContain(rule)
  })
})
