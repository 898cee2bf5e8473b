import { type Aim, median, quantile, round } from '../report.ts'
import type { Figures } from './figures.ts'
import { EDGESWARM, EIGHT, PAIR, PAIR_AT_ONCE, type Setting } from './setting.ts'

const P50 = 60
const P95 = 150
const HALF = 0.5
const THIRD = 1 / 3

export function aimsOf(figures: readonly Figures[]): Aim[] {
  return [
    ...[PAIR, PAIR_AT_ONCE].flatMap((setting) => speedOf(figures, setting)),
    ...[PAIR, PAIR_AT_ONCE, EIGHT].flatMap((setting) => [
      ratio('first link', figures, setting, HALF, ({ first }) => median(first), false),
      ratio('first link', figures, setting, HALF, ({ first }) => median(first), true),
    ]),
    ...[PAIR, EIGHT].map((setting) =>
      ratio('bytes a link', figures, setting, THIRD, ({ bytesPerLink }) => bytesPerLink, false),
    ),
    ratio('messages a link', figures, EIGHT, THIRD, ({ messagesPerLink }) => messagesPerLink, false),
  ]
}

const labelOf = ({ peers, isAtOnce }: Setting): string => `${peers} peers, ${isAtOnce ? 'at once' : 'the last joins'}`

const atMost = (name: string, value: number, aim: number): Aim => ({ name, value, aim, met: value <= aim })

function speedOf(figures: readonly Figures[], setting: Setting): Aim[] {
  const first = figures.find((one) => one.contender === EDGESWARM && one.setting === setting)?.first ?? []
  return [
    atMost(`first link p50, ${labelOf(setting)}`, round(median(first), 0), P50),
    atMost(`first link p95, ${labelOf(setting)}`, round(quantile(first, 0.95), 0), P95),
  ]
}

/** Edgeswarm's over the best competitor's. */
function ratio(
  what: string,
  figures: readonly Figures[],
  setting: Setting,
  aim: number,
  of: (figures: Figures) => number,
  withTold: boolean,
): Aim {
  const here = figures.filter((one) => one.setting === setting)
  const own = here.find(({ contender }) => contender === EDGESWARM)
  const others = here.filter(({ contender }) => contender !== EDGESWARM && (withTold || !contender.isGatheringTold))
  const best = others.reduce((one, other) => (of(other) < of(one) ? other : one))
  const value = round(own ? of(own) / of(best) : Number.NaN, 2)
  const among = withTold ? ', those told of their gathering too' : ''
  return atMost(
    `${what} over the best other's (${best.contender.name})${among}, ${labelOf(setting)}`,
    value,
    round(aim, 2),
  )
}
