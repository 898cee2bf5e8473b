import { glob, readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'

const RULE = /^\| ([A-Z]\d+) /gm
/** What stands before the colon of a test's name: `A1, H8:`. */
const NAMED = /(?:it|describe)(?:\.each\([\s\S]*?\))?\(\s*['"`]((?:[A-Z]\d+(?:, | and )?)+)\b/g

it('every rule of PROTOCOL.md is named by a test, and no test names a rule that is not there', async () => {
  const rules = Array.from((await readFile('protocol/PROTOCOL.md', 'utf8')).matchAll(RULE), ([, rule]) => rule)
  const named = new Set<string>()
  for await (const path of glob('test/**/*.test.ts')) {
    for (const [, names = ''] of (await readFile(path, 'utf8')).matchAll(NAMED)) {
      for (const name of names.split(/, | and /)) named.add(name)
    }
  }
  expect(rules.length).toBeGreaterThan(40)
  expect([...named].sort()).toEqual(rules.sort())
})
