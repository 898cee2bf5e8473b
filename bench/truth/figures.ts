import { median, quantile } from '../report.ts'
import type { Plan } from './plan.ts'
import type { Account } from './talk.ts'

/** What can be seen of a swarm from outside, real or simulated. */
export interface Figures {
  readonly reach: number
  readonly meanLinks: number
  readonly mostLinks: number
  /** Whether everyone knows how many there are. */
  readonly rightCounts: number
  /** Links to the last peer, of the second half of the messages: the median and the most. */
  readonly lastHop: number
  readonly mostHops: number
  /** Milliseconds to the last peer, of the same messages. */
  readonly lastP50: number
  readonly lastP95: number
}

/** @param publishedAt when each message was published, by its number */
export function figuresOf(plan: Plan, accounts: readonly Account[], publishedAt: readonly number[]): Figures {
  const links = accounts.map(({ linked }) => linked.length)
  const numbers = publishedAt.map((_, number) => number)
  const heard = accounts.flatMap(({ heard }) => heard)
  const late = numbers.slice(numbers.length / 2)
  const hops = late.map((number) => lastHopOf(accounts, number))
  const times = late.map((number) => {
    const at = heard.flatMap((one) => (one.number === number ? [one.at] : []))
    return Math.max(...at) - (publishedAt[number] ?? 0)
  })
  return {
    reach:
      new Set(accounts.flatMap(({ id, heard }) => heard.map(({ number }) => `${id} ${number}`))).size /
      (numbers.length * (plan.peers - 1)),
    meanLinks: links.reduce((sum, count) => sum + count, 0) / links.length,
    mostLinks: Math.max(...links),
    rightCounts: accounts.filter(({ count }) => count === plan.peers).length / plan.peers,
    lastHop: median(hops),
    mostHops: Math.max(...hops),
    lastP50: median(times),
    lastP95: quantile(times, 0.95),
  }
}

function lastHopOf(accounts: readonly Account[], number: number): number {
  const via = new Map<string, string>()
  for (const { id, heard } of accounts) {
    const from = heard.find((one) => one.number === number)?.via
    if (from) via.set(id, from)
  }
  const hopsOf = (id: string): number => {
    let hops = 0
    for (let at: string | undefined = id; at !== undefined && hops <= accounts.length; at = via.get(at)) hops++
    return hops - 1
  }
  return Math.max(0, ...[...via.keys()].map(hopsOf))
}
