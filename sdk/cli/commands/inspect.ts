import { formatLink, type Link } from '../../../protocol/content/link.ts'
import type { Metadata } from '../../../protocol/content/metadata.ts'
import type { Release } from '../../../protocol/content/release.ts'
import { isObject } from '../../../protocol/websocket/object.ts'
import { Catalogue } from '../../content/catalogue.ts'
import { ChannelSwarm } from '../../content/channel/swarm.ts'
import { ContentError } from '../../content/error.ts'
import { openMetadata } from '../../content/open-metadata.ts'
import { sleep } from '../../content/sleep.ts'
import type { Command, Context } from '../command.ts'
import { numberIn, textIn } from '../fields.ts'
import { titleOf } from '../follow.ts'
import { newestOf } from '../newest.ts'
import { askTracker, linkOf } from '../tracker.ts'
import { formatCount, formatDay, formatSize } from '../units.ts'

/** How long to look who is there, in milliseconds. A guess: peers meet within a second or two. */
const LOOK = 3000
/** Files and releases that are listed for people; JSON has all of them. */
const MOST_FILES = 40
const MOST_RELEASES = 10

export const inspect: Command = {
  name: 'inspect',
  says: 'tell what a link leads to: release, files, history, peers',
  takes: '<link>',
  words: [1, 1],
  explains: [
    'Asks the tracker for the newest release, checks its signature and its times, and shows what it says, its files, the releases before it, and who is there to share it. It fetches no file.',
    'It fails when the release is not to be believed; of one whose time is over it tells all the same what it was.',
  ],
  options: {},
  examples: [
    ['inspect https://tracker.example.com/releases/<publisher>/stable', 'for people'],
    ['inspect <link> --json', 'all of it as one object'],
  ],
  run,
}

async function run({ given, output, signal }: Context): Promise<void> {
  const link = linkOf(given.words[0] ?? '')
  const { release, problem } = await newestOf(link, signal)
  const [metadata, history, peers] = await Promise.all([
    metadataOf(link, release, signal),
    historyOf(link, signal),
    peersOf(link, release, signal),
  ])
  output.result(described(link, release, metadata, history, peers), {
    type: 'inspected',
    link: formatLink(link),
    release,
    problem,
    files: metadata?.files.map(fileNote) ?? null,
    history,
    peers,
  })
  if (problem !== null) throw new ContentError('ERR_RELEASE', problem)
}

const fileNote = ({ path, length, sha256, isExecutable }: Metadata['files'][number]) => ({
  path,
  length,
  sha256: Buffer.from(sha256).toString('hex'),
  isExecutable,
})

/** `null` if the tracker does not have it; it comes from peers then. */
async function metadataOf(link: Link, release: Release, signal: AbortSignal): Promise<Metadata | null> {
  const catalogue = new Catalogue(link)
  const { sha256, length } = release.metadata
  const bytes = await catalogue.metadata(catalogue.addressOf(sha256), length, signal)
  return bytes && openMetadata(release, bytes)
}

async function historyOf(link: Link, signal: AbortSignal): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const answer = await askTracker(`${formatLink(link)}/history`, signal)
  const releases: unknown = isObject(answer) ? answer['releases'] : []
  return Array.isArray(releases) ? releases.filter(isObject) : []
}

/** Who follows the channel. */
interface Peers {
  readonly count: number
  /** Those that say that they have all of the newest release. */
  readonly complete: number
}

/** `null` if the swarm can't be entered. */
async function peersOf(link: Link, { infoHash }: Release, signal: AbortSignal): Promise<Peers | null> {
  const host = { feed: () => null, metadata: () => Promise.resolve(null), heard: () => undefined }
  try {
    const swarm = await ChannelSwarm.enter(link, host, { signal })
    try {
      await sleep(LOOK, signal)
      const { peers, presence } = swarm.mesh
      const complete = [...peers.values()].filter(({ metadata }) => hasAll(metadata, infoHash)).length
      return { count: presence.count - 1, complete }
    } finally {
      await swarm.leave()
    }
  } catch {
    signal.throwIfAborted()
    return null
  }
}

/** What a peer tells of itself may be anything. */
function hasAll(metadata: unknown, infoHash: string): boolean {
  const torrents: unknown = isObject(metadata) ? metadata['torrents'] : null
  return (
    Array.isArray(torrents) &&
    torrents.some(
      (torrent: unknown) => isObject(torrent) && torrent['infoHash'] === infoHash && torrent['isDone'] === true,
    )
  )
}

function described(
  link: Link,
  release: Release,
  metadata: Metadata | null,
  history: readonly Readonly<Record<string, unknown>>[],
  peers: Peers | null,
): string {
  const { key, publisher, successor } = release
  const rows = [
    ['release', `${release.number} of ${release.channel}, at ${link.tracker}`],
    ['summary', release.summary],
    ['tags', release.tags.join(', ')],
    ['published', formatDay(release.published)],
    ['expires', formatDay(release.expires)],
    ['publisher', publisher],
    [
      'signed by',
      key === publisher ? 'the publisher, which was checked' : `${key}, which the publisher handed over to`,
    ],
    ['next signed by', successor ?? ''],
    ['info hash', release.infoHash],
    ['size', `${formatSize(release.bytes)} in ${formatCount(release.files, 'file')}`],
    ['origins', release.webSeeds.join('\n')],
    [
      'peers',
      peers ? `${peers.count} (${peers.complete} have all of it)` : 'not known: the swarm could not be entered',
    ],
    ['history', list(history.map(releaseLine), MOST_RELEASES)],
    ['files', metadata ? list(metadata.files.map(fileLine), MOST_FILES) : 'the tracker does not have the list'],
  ]
  const filled = rows.filter(([, value]) => value !== '')
  return [
    titleOf(release),
    ...filled.map(([name = '', value = '']) => `  ${name.padEnd(16)}${value.replaceAll('\n', `\n${' '.repeat(18)}`)}`),
  ].join('\n')
}

/** An executable file has a star, as `ls -F` gives it one. */
const fileLine = ({ path, length, isExecutable }: Metadata['files'][number]): string =>
  `${formatSize(length).padStart(8)}  ${path}${isExecutable ? '*' : ''}`

const releaseLine = (release: Readonly<Record<string, unknown>>): string =>
  [
    `${numberIn(release, 'number')}`.padStart(4),
    textIn(release, 'version'),
    formatDay(numberIn(release, 'published')),
    formatSize(numberIn(release, 'bytes')),
  ].join('  ')

function list(lines: readonly string[], most: number): string {
  const rest = lines.length - most
  return rest > 0 ? [...lines.slice(0, most), `and ${rest} more (--json has all)`].join('\n') : lines.join('\n')
}
