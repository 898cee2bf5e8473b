import { encodeMetadata, type FileEntry, layOut, type Metadata } from '../../../protocol/content/metadata.ts'
import { comparePaths } from '../../../protocol/content/path.ts'
import { encodeRelease, type Release } from '../../../protocol/content/release.ts'
import { toBase64Url } from '../../../protocol/content/text.ts'
import { type Known, keyAfter, type Opened } from '../../../protocol/content/trust.ts'

/** A key that nobody can sign by; different for each number. */
export const keyOf = (number: number): string => toBase64Url(new Uint8Array(32).fill(number))

export const DAY = 24 * 3_600_000
/** The moment at which the tests play. */
export const NOW = Date.UTC(2026, 10, 5)

/** A release that is right, with these fields in place of its own. */
export const releaseOf = (changes: Partial<Release> = {}): Release => ({
  format: 1,
  publisher: keyOf(1),
  key: keyOf(1),
  channel: 'stable',
  version: '1.4.0',
  number: 1,
  published: NOW - DAY,
  expires: NOW + 30 * DAY,
  name: 'app',
  summary: 'An app that does something',
  tags: ['app', 'tool'],
  isPublic: true,
  infoHash: 'ab'.repeat(20),
  metadata: { sha256: 'cd'.repeat(32), length: 1000, urls: ['https://cdn.example.com/app.metadata'] },
  bytes: 12_345,
  files: 3,
  webSeeds: ['https://cdn.example.com/files/'],
  previous: null,
  successor: null,
  ...changes,
})

/** The release as one whose signature is right; its digest stands for its text. */
export function openedOf(changes: Partial<Release> = {}): Opened {
  const release = releaseOf(changes)
  const text = encodeRelease(release)
  return { release, text, digest: text }
}

/** What is remembered after the release was accepted. */
export const knownOf = ({ release, digest }: Opened): Known => ({
  number: release.number,
  digest,
  key: keyAfter(release),
})

/**
 * The metadata of files of these lengths, whose hashes are made up.
 *
 * @param executable the paths of those that are
 */
export function metadataOf(
  lengths: Readonly<Record<string, number>>,
  pieceLength = 16_384,
  executable: readonly string[] = [],
): Metadata {
  const paths = Object.keys(lengths).sort(comparePaths)
  const { offsets, length } = layOut(
    paths.map((path) => lengths[path] ?? 0),
    pieceLength,
  )
  const files = paths.map((path, index): FileEntry => ({
    path,
    length: lengths[path] ?? 0,
    offset: offsets[index] ?? 0,
    sha256: new Uint8Array(32).fill(index),
    isExecutable: executable.includes(path),
  }))
  const pieces = new Uint8Array(20 * Math.ceil(length / pieceLength)).fill(5)
  return { name: 'app', pieceLength, pieces, files, length }
}

export const metadataBytes = (lengths: Readonly<Record<string, number>>): Uint8Array<ArrayBuffer> =>
  encodeMetadata(metadataOf(lengths))
