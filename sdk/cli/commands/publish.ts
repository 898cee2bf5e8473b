import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { isKey, isWebUrl } from '../../../protocol/content/text.ts'
import { keysFolder, loadKey, makeKey, type PublisherKey } from '../../content/keys.ts'
import type { Made } from '../../content/make.ts'
import { memoryBeside } from '../../content/publisher-memory.node.ts'
import {
  publish as publishDirectory,
  type Publication,
  type PublishDirectoryOptions,
} from '../../content/publication.ts'
import { aborted } from '../../content/sleep.ts'
import { uploadFiles } from '../../content/upload.ts'
import { type Command, type Context, type Given, TRACKER } from '../command.ts'
import { noteOf, titleOf } from '../follow.ts'
import type { Output } from '../output.ts'
import { Rate } from '../rate.ts'
import { sentBy, sharingLine } from '../traffic.ts'
import { trackerOf } from '../tracker.ts'
import { formatCount, formatSize } from '../units.ts'
import { UsageError } from '../usage-error.ts'
import { durationOf, rateOf } from '../values.ts'

const DEFAULT_KEY = 'default'
/** How often it is shown how sharing stands, in milliseconds. */
const SHOW_EVERY = 1000

export const publish: Command = {
  name: 'publish',
  says: 'sign a folder as the next release of a channel, and share it',
  takes: '<directory>',
  words: [1, 1],
  explains: [
    'Hashes every file, signs what a release says of them, tells the tracker and everybody who follows the channel, prints the link, and shares the files until Ctrl+C. The release stays published after that: others who have it go on, and origins.',
    'Whoever has the link follows the channel: publish again, with the same key and channel, and they have the next version. The key "default" is made at the first publish.',
  ],
  options: {
    version: { value: 'TEXT', says: 'for people: 1.4.0 (needed)' },
    channel: { value: 'NAME', says: "of the publisher's channels: stable (the default), beta, …" },
    tracker: TRACKER,
    key: { value: 'NAME', says: 'whose signature: one of "edgeswarm keys" (default: default)' },
    name: { value: 'NAME', says: "of the content, and of its folder at origins (default: the directory's)" },
    summary: { value: 'TEXT', says: 'what it is, in a sentence' },
    tag: { value: 'WORD', isMany: true, says: 'a word to find it by' },
    private: { says: 'search does not show it; who has the link gets it all the same' },
    'web-seed': {
      value: 'URL',
      isMany: true,
      says: 'an origin, by BEP 19: below it lie <name>/<path of each file>',
    },
    upload: { says: "put the files into the tracker's bucket, which becomes an origin (its operator allows your key)" },
    expires: { value: 'TIME', says: 'how long it is believed: 90d (default: 1y); publish again before that' },
    'hand-over': { value: 'KEY', says: 'the key that alone signs from the next release on: its name, or public key' },
    publisher: { value: 'KEY', says: 'the public key in the link, where --key has taken over from it' },
    stock: { says: 'share with stock WebTorrent and BitTorrent clients too' },
    'limit-up': { value: 'SIZE', says: 'send no faster than that a second: 1MB' },
    'no-seed': { says: 'end when it is published: others or origins have to have the files' },
  },
  examples: [
    ['publish ./dist --version 1.4.0 --tracker https://tracker.example.com', 'prints the link, shares ./dist'],
    ['publish ./dist --version 1.4.1 --web-seed https://cdn.example.com/ --no-seed', 'where the files lie at a CDN'],
    ['publish ./dist --version 1.4.2 --upload --no-seed', "puts the files into the tracker's bucket"],
    [
      'publish ./dist --version 2.0.0 --key old --hand-over new',
      'from then on: --key new --publisher <old public key>',
    ],
  ],
  run,
}

async function run(context: Context): Promise<void> {
  const { given, output, signal } = context
  const [directory = ''] = given.words
  const tracker = trackerOf(context)
  const content = contentOf(given)
  const folder = keysFolder(context.environment)
  const successor = await successorOf(given, folder)
  const key = await keyOf(given.get('key') ?? DEFAULT_KEY, folder, output)
  const hashing = new Rate()
  const options: PublishDirectoryOptions = {
    ...content,
    tracker,
    key: key.identity,
    successor,
    signal,
    memory: memoryBeside(folder),
    onNotRemembered: ({ message }) => {
      output.problem(`${message} What was published last is known to the tracker alone.`)
    },
    onProgress: (bytes, total) => {
      show(output, 'Hashing', hashing, bytes, total)
    },
    ...(given.has('upload') && { onMade: uploading(tracker, key, context) }),
  }
  await using publication = await publishDirectory(directory, options)
  const { release, link } = publication
  output.say(
    `Published ${titleOf(release)}: release ${release.number} of ${release.channel}, ${formatCount(release.files, 'file')}, ${formatSize(release.bytes)}.`,
    { type: 'signed', number: release.number },
  )
  output.result(link, {
    type: 'published',
    link,
    publisher: release.publisher,
    channel: release.channel,
    ...noteOf(release),
  })
  if (!given.has('no-seed')) await share(publication, context)
}

/** What the release is to say, from the options. @throws {UsageError} */
function contentOf(given: Given) {
  const version = given.get('version')
  if (version === undefined) throw new UsageError('Which version? For example: --version 1.4.0')
  const publisher = given.get('publisher')
  if (publisher !== undefined && !isKey(publisher)) {
    throw new UsageError('--publisher is the public key in the link, of 43 characters.')
  }
  const lasts = durationOf(given, 'expires')
  const upload = rateOf(given, 'limit-up')
  const texts = { channel: given.get('channel'), name: given.get('name'), summary: given.get('summary'), publisher }
  return {
    ...present(texts),
    version,
    tags: given.getAll('tag'),
    isPublic: !given.has('private'),
    stock: given.has('stock'),
    webSeeds: given.getAll('web-seed').map(webSeedOf),
    ...(lasts !== undefined && { lasts }),
    ...(upload !== undefined && { upload }),
  }
}

/** Without the options that were not given. */
const present = <Name extends string>(
  texts: Readonly<Record<Name, string | undefined>>,
): Partial<Record<Name, string>> =>
  Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined)) as Partial<Record<Name, string>>

function webSeedOf(address: string): string {
  const base = address.endsWith('/') ? address : `${address}/`
  if (isWebUrl(base) && !base.includes('?')) return base
  throw new UsageError(`--web-seed is an address such as https://cdn.example.com/files/, and this is ${address}.`)
}

/** The public key that is handed over to; `null` for none. */
async function successorOf(given: Given, folder: string): Promise<string | null> {
  const named = given.get('hand-over')
  if (named === undefined || isKey(named)) return named ?? null
  return (await loadKey(named, folder)).publisher
}

async function keyOf(name: string, folder: string, output: Output): Promise<PublisherKey> {
  if (name !== DEFAULT_KEY || (await isThere(join(folder, `${DEFAULT_KEY}.json`)))) return loadKey(name, folder)
  const key = await makeKey(name, folder)
  output.say(
    `Made your key "${name}": ${key.path}\nWhoever has this file publishes in your name: keep it secret, and keep a copy.`,
    { type: 'made', name, path: key.path, publisher: key.publisher },
  )
  return key
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

/** What is done with the files before they are published; resolves to more web seeds. */
function uploading(tracker: string, key: PublisherKey, { output, signal }: Context) {
  return async (made: Made): Promise<readonly string[]> => {
    const rate = new Rate()
    const onProgress = (bytes: number, total: number) => {
      show(output, 'Uploading', rate, bytes, total)
    }
    return [await uploadFiles(made, { tracker, key: key.identity, signal, onProgress })]
  }
}

function show(output: Output, title: string, meter: Rate, bytes: number, total: number): void {
  const rate = meter.mark(bytes, performance.now())
  output.progress(
    { title, bytes, total, rate, sources: null, details: [] },
    { type: title.toLowerCase(), bytes, total },
  )
}

/** Goes on until the user ends it. */
async function share(publication: Publication, { output, signal }: Context): Promise<void> {
  const { release, link } = publication
  output.say('Sharing it until Ctrl+C.', { type: 'sharing', number: release.number, peers: 0, sent: 0 })
  const off = publication.on('problem', (text) => {
    output.problem(text)
  })
  const timer = setInterval(() => {
    const { peers, traffic } = publication
    const sent = sentBy(traffic)
    const note = { type: 'sharing', link, number: release.number, peers, sent }
    output.status(sharingLine(titleOf(release), peers, sent), note)
  }, SHOW_EVERY)
  await aborted(signal)
  clearInterval(timer)
  off()
}
