import type { Figures } from '../core/figures.ts'
import type { Reported } from '../shell/catalog/reports.ts'
import { type Environment, settings } from '../shell/environment.ts'
import { allHubs, catalogOf } from '../shell/routing.ts'

/** `/stats.json`: the figures of all hubs together. */
export interface Stats extends Omit<Figures, 'since'> {
  readonly hubs: number
  /** ISO 8601; counters count from here. */
  readonly since: string
  /** What peers have reported of the content that they fetched, in all: nobody can verify it. */
  readonly reported: Reported
}

export async function collectStats(environment: Environment): Promise<Stats> {
  const [reported, ...figures] = await Promise.all([
    catalogOf(environment).reported(),
    ...allHubs(environment).map((hub): Promise<Figures> => hub.figures()),
  ])
  const { since, refusedBy, ...numbers } = figures.reduce((one, other) => ({
    ...addUp(one, other),
    refusedBy: addUp(one.refusedBy, other.refusedBy),
    since: Math.min(one.since, other.since),
  }))
  return { hubs: settings.HUBS, ...numbers, refusedBy, since: new Date(since).toISOString(), reported }
}

/** The sums of the members that are numbers; other members as they are in `one`. */
function addUp<Numbers extends object>(one: Numbers, other: Numbers): Numbers {
  const sums = Object.entries(one).map(([name, value]: [string, unknown]) => {
    const addend: unknown = other[name as keyof Numbers]
    return [name, typeof value === 'number' && typeof addend === 'number' ? value + addend : value]
  })
  return Object.fromEntries(sums) as Numbers
}

type NumberOfStats = Exclude<keyof Stats, 'refusedBy' | 'since' | 'reported'>

const METRICS: readonly (readonly [NumberOfStats, 'gauge' | 'counter', string])[] = [
  ['sockets', 'gauge', 'Open WebSockets.'],
  ['websocketPeers', 'gauge', 'Peers present over WebSocket, a peer counted once for each swarm.'],
  ['httpPeers', 'gauge', 'Peers present over HTTP, a peer counted once for each swarm.'],
  ['seeds', 'gauge', 'Peers that have all of their content.'],
  ['leeches', 'gauge', 'Peers that do not.'],
  ['swarms', 'gauge', 'Swarms with a peer in them.'],
  ['announces', 'counter', 'Announces served.'],
  ['offers', 'counter', 'Offers relayed.'],
  ['answers', 'counter', 'Answers relayed.'],
  ['scrapes', 'counter', 'Scrapes served.'],
]

/** `/metrics`: the Prometheus text format 0.0.4. */
export function prometheusText(stats: Stats): string {
  const lines: string[] = []
  for (const [field, type, help] of METRICS) {
    const name = metricName(field) + (type === 'counter' ? '_total' : '')
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, `${name} ${stats[field]}`)
  }
  const refused = 'edgeswarm_refused_total'
  lines.push(`# HELP ${refused} Messages and requests refused, by reason.`, `# TYPE ${refused} counter`)
  for (const [code, count] of Object.entries(stats.refusedBy)) lines.push(`${refused}{reason="${code}"} ${count}`)
  lines.push(...reportedLines(stats.reported))
  const start = 'edgeswarm_start_time_seconds'
  lines.push(`# HELP ${start} When the counters started.`, `# TYPE ${start} gauge`)
  lines.push(`${start} ${Date.parse(stats.since) / 1000}`)
  return `${lines.join('\n')}\n`
}

function reportedLines({ bytesFromPeers, bytesFromOrigin, bytesFromDisk, reports }: Reported): string[] {
  const bytes = 'edgeswarm_reported_bytes_total'
  const count = 'edgeswarm_reports_total'
  return [
    `# HELP ${bytes} Bytes of content that peers have reported, by where they came from.`,
    `# TYPE ${bytes} counter`,
    `${bytes}{from="peers"} ${bytesFromPeers}`,
    `${bytes}{from="origin"} ${bytesFromOrigin}`,
    `${bytes}{from="disk"} ${bytesFromDisk}`,
    `# HELP ${count} Reports of peers.`,
    `# TYPE ${count} counter`,
    `${count} ${reports}`,
  ]
}

const metricName = (field: string): string =>
  `edgeswarm_${field.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`)}`
