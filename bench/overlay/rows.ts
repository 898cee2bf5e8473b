import type { Metrics } from '../../test/simulation/metrics.ts'
import { round, type Row } from '../report.ts'
import type { AtSize } from './at-size.ts'

/** The overlay, and each of the yardsticks below it. */
export function rowsOf({ peers, overlay, onePeer, yardsticks }: AtSize): Row[] {
  const { steady, churn, halved } = overlay
  const first = {
    ...authorRow('edgeswarm', peers, steady),
    'idle B/s': cell(steady['idleBytes'], 1),
    'µs an event': round(onePeer.microseconds, 2),
    'KB a peer': round(onePeer.kilobytes, 0),
  }
  return [
    first,
    oneShotRow('edgeswarm', peers, steady),
    churnRow('edgeswarm', peers, churn),
    {
      ...EMPTY,
      overlay: 'edgeswarm',
      peers,
      case: 'halved',
      ...reached(halved),
      'slowest ms': cell(halved['again'], 0),
    },
    ...yardsticks.flatMap(({ name, steady, churn }) => [
      authorRow(name, peers, steady),
      oneShotRow(name, peers, steady),
      churnRow(name, peers, churn),
    ]),
  ]
}

const EMPTY: Row = {
  overlay: '',
  peers: '',
  case: '',
  'reached %': '',
  copies: '',
  'last hop': '',
  'time ms': '',
  'over shortest': '',
  messages: '',
  'slowest ms': '',
  links: '',
  'idle B/s': '',
  'µs an event': '',
  'KB a peer': '',
}

const authorRow = (overlay: string, peers: number, steady: Metrics): Row => ({
  ...EMPTY,
  overlay,
  peers,
  case: 'author',
  ...reached(steady),
  copies: cell(steady['redundancy'], 3),
  'last hop': cell(steady['lastHop'], 0),
  'time ms': cell(steady['time'], 0),
  'over shortest': cell(steady['timeRatio'], 2),
  messages: cell(steady['messages'], 1),
  'slowest ms': cell(steady['worstTime'], 0),
  links: cell(steady['mostLinks'], 0),
})

const oneShotRow = (overlay: string, peers: number, steady: Metrics): Row => ({
  ...EMPTY,
  overlay,
  peers,
  case: 'one shot',
  ...reached(steady),
  copies: cell(steady['oneShotRedundancy'], 3),
  'last hop': cell(steady['oneShotLastHop'], 0),
  'time ms': cell(steady['oneShotTime'], 0),
  'over shortest': cell(steady['oneShotTimeRatio'], 2),
  messages: cell(steady['oneShotMessages'], 1),
  'slowest ms': cell(steady['oneShotWorstTime'], 0),
})

const churnRow = (overlay: string, peers: number, churn: Metrics): Row => ({
  ...EMPTY,
  overlay,
  peers,
  case: 'churn',
  ...reached(churn),
  copies: cell(churn['redundancy'], 3),
  'slowest ms': cell(churn['slowest'], 0),
  links: cell(churn['mostLinks'], 0),
})

const reached = ({ reach = Number.NaN }: Metrics & { readonly reach?: number }) => ({
  'reached %': round(100 * reach, 4),
})

const cell = (value: number | undefined, digits: number): number | string =>
  value === undefined ? '' : round(value, digits)
