import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import type { Metrics } from '../../test/simulation/metrics.ts'
import type { OnePeer } from './one-peer.ts'

/** What is to be measured. */
export interface Plan {
  readonly size: number
  readonly seed: number
  /** For how long peers come and go. */
  readonly churnSeconds: number
}

/** What was measured at one size. */
export interface AtSize {
  readonly peers: number
  readonly onePeer: OnePeer
  readonly overlay: Readonly<Record<'steady' | 'churn' | 'halved', Metrics>>
  readonly yardsticks: readonly { readonly name: string; readonly steady: Metrics; readonly churn: Metrics }[]
}

/** Megabytes: 10,000 peers keep more than an engine allows itself, and a young generation that is too small grows old. */
const MEMORY = ['--max-old-space-size=11000', '--min-semi-space-size=64', '--max-semi-space-size=128']

/** Measures in a process of its own, which begins with an empty memory; how far it is goes to the standard error. */
export async function measureAtSize({ size, seed, churnSeconds }: Plan): Promise<AtSize> {
  const program = new URL('measure.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [...MEMORY, program, ...[size, seed, churnSeconds].map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit') as Promise<[number | null]>])
  if (code !== 0) throw new Error(`The simulation of ${size} peers failed.`)
  return JSON.parse(output) as AtSize
}
