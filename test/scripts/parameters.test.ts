import { glob, readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'

/** Rows of the tables of docs/OVERLAY.md: name, value and file. */
const ROW = /^\| `([A-Z_]+)` +\| ([^|]+?) +\| `([^`]+\.ts)`/gm
/** A constant of a source, and its value: on one line, as all of them are. */
const CONSTANT = /^(?:export )?const ([A-Z][A-Z_]+)(?:: \w+)? = (.+)$/gm

/** The numbers in a text, whatever parts their thousands. */
const numbersIn = (text: string): number[] =>
  Array.from(text.replace(/(?<=\d)[_,](?=\d)/g, '').matchAll(/\d+/g), ([digits]) => Number(digits))

it('docs/OVERLAY.md names every parameter of the overlay, with its value', async () => {
  const rows = [...(await readFile('docs/OVERLAY.md', 'utf8')).matchAll(ROW)]
  const named = new Map(rows.map(([, name = '', value = '', file = '']) => [`${file} ${name}`, numbersIn(value)]))
  const cores: string[] = []
  for await (const path of glob('sdk/overlay/**/*.ts')) cores.push(path)
  const files = new Set([...cores, ...rows.map(([, , , file = '']) => file)])
  const found = new Map<string, number[]>()
  for (const file of files) {
    for (const [, name = '', value = ''] of (await readFile(file, 'utf8')).matchAll(CONSTANT)) {
      const key = `${file} ${name}`
      if (cores.includes(file) || named.has(key)) found.set(key, numbersIn(value))
    }
  }
  expect(named.size).toBeGreaterThan(50)
  expect(Object.fromEntries(named)).toEqual(Object.fromEntries(found))
})
