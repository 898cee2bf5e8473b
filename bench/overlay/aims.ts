import { type Metrics, sum } from '../../test/simulation/metrics.ts'
import { type Aim, round } from '../report.ts'
import type { AtSize } from './at-size.ts'

export function aimsOf({ peers, overlay, onePeer }: AtSize): Aim[] {
  const { steady, churn, halved } = overlay
  return [
    atLeast('% of peers reached while 1 % a second are replaced', 100 * valueOf(churn, 'reach'), 99.99),
    atMost('seconds until all are reached after half have vanished', valueOf(halved, 'again') / 1000, 5),
    atMost('copies beyond the first', valueOf(steady, 'redundancy'), 0.3),
    atMost('links to the last peer', valueOf(steady, 'lastHop'), 12),
    atMost('time to the last peer over the shortest way', valueOf(steady, 'timeRatio'), 2),
    atMost('links of one peer', valueOf(steady, 'mostLinks'), 12),
    atMost('bytes a second of an idle peer', valueOf(steady, 'idleBytes'), 100),
    atMost('µs of the cores for an event', onePeer.microseconds, 5),
    atMost('things that a peer keeps while others come and go', valueOf(churn, 'entries'), CAPS),
    atMost('messages that were read twice or out of order', sum([steady, churn, halved].flatMap(mistakesIn)), 0),
  ].map((aim) => ({ ...aim, name: `${aim.name}, ${peers} peers` }))
}

/**
 * What the caps of docs/OVERLAY.md add up to: 1,024 routes, 1,024 publications, 512 authors with what is known of each,
 * 4,096 that are remembered in brief, 256 peers that are here and 512 that are suspected.
 */
const CAPS = 9000

export const sizeAim = (bytes: number): Aim => atMost('gzip bytes of the browser entry', bytes, 18_000)

const mistakesIn = (metrics: Metrics): number[] => [valueOf(metrics, 'duplicates'), valueOf(metrics, 'disorder')]

function valueOf(metrics: Metrics, name: string): number {
  const value = metrics[name]
  if (value === undefined) throw new Error(`Nothing was measured as ${name}.`)
  return value
}

const atMost = (name: string, value: number, aim: number): Aim => ({
  name,
  value: round(value, 4),
  aim,
  met: value <= aim,
})

const atLeast = (name: string, value: number, aim: number): Aim => ({
  name,
  value: round(value, 4),
  aim,
  met: value >= aim,
})
