import { median, quantile, round, type Row } from '../report.ts'
import type { Contender, Setting } from './setting.ts'
import { type Outcome, PATIENCE } from './swarm.ts'

/** What one contender's swarms of one setting came to. */
export interface Figures {
  readonly contender: Contender
  readonly setting: Setting
  /** Milliseconds of each join, `PATIENCE` for what was given up. */
  readonly first: readonly number[]
  readonly all: readonly number[]
  /** Medians over the swarms. */
  readonly messagesPerLink: number
  readonly bytesPerLink: number
  /** The part of the links that should have been there. */
  readonly linked: number
}

export function figuresOf(contender: Contender, setting: Setting, outcomes: readonly Outcome[]): Figures {
  const joins = outcomes.flatMap(({ joins: list }) => list)
  const wanted = setting.peers - 1
  return {
    contender,
    setting,
    first: joins.map((links) => links[0] ?? PATIENCE),
    all: joins.map((links) => links[wanted - 1] ?? PATIENCE),
    messagesPerLink: median(outcomes.map(({ traffic, links }) => traffic.messages / links)),
    bytesPerLink: median(outcomes.map(({ traffic, links }) => traffic.bytes / links)),
    linked: joins.reduce((sum, { length }) => sum + length, 0) / (joins.length * wanted),
  }
}

export function rowOf({ contender, setting, first, all, messagesPerLink, bytesPerLink, linked }: Figures): Row {
  return {
    peers: setting.peers,
    start: setting.isAtOnce ? 'at once' : 'last',
    contender: contender.name,
    joins: first.length,
    'gave up': all.filter((milliseconds) => milliseconds >= PATIENCE).length,
    'links %': round(linked * 100, 0),
    'first p50': round(median(first), 0),
    'first p95': round(quantile(first, 0.95), 0),
    'all p50': round(median(all), 0),
    'all p95': round(quantile(all, 0.95), 0),
    'messages/link': finite(messagesPerLink, 1),
    'bytes/link': finite(bytesPerLink, 0),
  }
}

/** Most of the swarms came to no link at all. */
const finite = (value: number, digits: number): number | string =>
  Number.isFinite(value) ? round(value, digits) : 'no link'
