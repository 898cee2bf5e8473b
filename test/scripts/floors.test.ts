import { spawnSync } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { ESLint } from 'eslint'
import { afterEach, describe, expect, it } from 'vitest'

const trespasser = 'worker/core/trespasser.ts'

afterEach(() => rm(trespasser, { force: true }))

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
    await writeFile(trespasser, `${source}\n`)
    const [result] = await new ESLint().lintFiles(trespasser)
    expect(result?.messages.map(({ ruleId }) => ruleId)).toContain(rule)
  })

  it.each([
    ['a platform module', "export { DurableObject } from 'cloudflare:workers'", 'cores-know-no-platform'],
    ['a package', "export { Hono } from 'hono'", 'cores-know-no-platform'],
    ['a shell', "export { HubStorage } from '../shell/storage.ts'", 'cores-know-no-platform'],
  ])('a core that imports %s fails', async (_, source, rule) => {
    await writeFile(trespasser, `${source}\n`)
    const { status, stdout } = spawnSync('depcruise', ['--config', '.dependency-cruiser.cjs', 'worker'], {
      encoding: 'utf8',
    })
    expect(status).not.toBe(0)
    expect(stdout).toContain(rule)
  })
})
