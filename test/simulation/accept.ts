// Accepts what the scenarios measure now as what they are to measure from now on: `node test/simulation/accept.ts`.
import { readFile, writeFile } from 'node:fs/promises'
import { CASES, keyOf, measureCase } from './cases.ts'
import type { Metrics } from './metrics.ts'

const FILE = new URL('accepted.json', import.meta.url)

const before = await readFile(FILE, 'utf8').then(
  (text) => JSON.parse(text) as Readonly<Record<string, Metrics>>,
  () => null,
)
const accepted: Record<string, Metrics> = {}
for (const scenario of CASES) {
  const key = keyOf(scenario)
  const metrics = measureCase(scenario)
  accepted[key] = metrics
  for (const [name, value] of Object.entries(metrics)) {
    const old = before?.[key]?.[name]
    if (value !== old) console.log(`${key}: ${name} is ${value}${old === undefined ? '' : `, was ${old}`}`)
  }
}
await writeFile(FILE, `${JSON.stringify(accepted, null, 2)}\n`)
