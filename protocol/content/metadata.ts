import { bencode, toBytes } from '../http/bencode.ts'
import { BencodeError, BencodeReader } from './bencode-reader.ts'
import { checkPath, checkPaths, comparePaths } from './path.ts'
import { MAX_FILES, MAX_METADATA } from './release.ts'
import { fromUtf8, isPrintable, toUtf8 } from './text.ts'

/** What a torrent holds (rule U8). Padding between files is implied, and not listed. */
export interface Metadata {
  /** The folder that the files are in. */
  readonly name: string
  /** Bytes: a power of two from 16 KiB to 4 MiB. */
  readonly pieceLength: number
  /** The SHA-1 of each piece, 20 bytes each. */
  readonly pieces: Uint8Array
  /** In the order of {@link comparePaths}. */
  readonly files: readonly FileEntry[]
  /** Bytes of the torrent, padding included. */
  readonly length: number
}

export interface FileEntry {
  /** Joined by `/`. */
  readonly path: string
  readonly length: number
  /** Where it begins in the torrent: at a piece. */
  readonly offset: number
  /** 32 bytes. */
  readonly sha256: Uint8Array
  /** Whether it is a program: a binary or a script. */
  readonly isExecutable: boolean
}

/** The smallest piece is a block of BitTorrent's; the largest is a guess. */
export const MIN_PIECE_LENGTH = 16_384
export const MAX_PIECE_LENGTH = 4_194_304

export const isPieceLength = (length: number): boolean =>
  length >= MIN_PIECE_LENGTH && length <= MAX_PIECE_LENGTH && Number.isInteger(Math.log2(length))

/** Where files of these lengths begin in the torrent, each at a piece, and how long the torrent is. */
export function layOut(lengths: readonly number[], pieceLength: number): { offsets: number[]; length: number } {
  let length = 0
  const offsets = lengths.map((bytes) => {
    const offset = length + paddingOf(length, pieceLength)
    length = offset + bytes
    return offset
  })
  return { offsets, length }
}

/** The bytes from here to the next piece. */
const paddingOf = (length: number, pieceLength: number): number => (pieceLength - (length % pieceLength)) % pieceLength

/** What a character of `attr` says (BEP 47). Others, such as that of a hidden file, are ignored. */
const [PADDING, EXECUTABLE, LINK] = ['p', 'x', 'l']

/** The exact bytes of the info dictionary: its SHA-1 is the info hash. The files must be in order. */
export function encodeMetadata({
  name,
  pieceLength,
  pieces,
  files,
}: Pick<Metadata, 'name' | 'pieceLength' | 'pieces'> & {
  readonly files: readonly Omit<FileEntry, 'offset'>[]
}): Uint8Array<ArrayBuffer> {
  let end = 0
  const entries = files.flatMap(({ path, length, sha256, isExecutable }) => {
    const padding = paddingOf(end, pieceLength)
    end += padding + length
    const segments = path.split('/').map((segment) => toBinary(toUtf8(segment)))
    const attr = isExecutable ? EXECUTABLE : undefined
    const entry = { attr, length, path: segments, sha256: toBinary(sha256) }
    return padding === 0 ? [entry] : [{ attr: PADDING, length: padding, path: ['.pad', `${padding}`] }, entry]
  })
  return toBytes(
    bencode({ files: entries, name: toBinary(toUtf8(name)), 'piece length': pieceLength, pieces: toBinary(pieces) }),
  )
}

/**
 * The metadata that the bytes are; `null` if they are not exactly what rule U8 says, or if no release may have its
 * files. `pieces` and the SHA-256s share memory with the bytes.
 */
export function decodeMetadata(bytes: Uint8Array): Metadata | null {
  if (bytes.length > MAX_METADATA) return null
  try {
    const reader = new BencodeReader(bytes)
    const info = readInfo(reader)
    return reader.isAtEnd ? assemble(info) : null
  } catch (error) {
    if (error instanceof BencodeError) return null
    throw error
  }
}

interface Info {
  name: string | null
  pieceLength: number
  pieces: Uint8Array | null
  entries: Entry[]
}

interface Entry {
  readonly segments: readonly string[]
  readonly length: number
  /** `null` for padding. */
  readonly sha256: Uint8Array | null
  readonly isExecutable: boolean
}

function readInfo(reader: BencodeReader): Info {
  const info: Info = { name: null, pieceLength: 0, pieces: null, entries: [] }
  reader.readDictionary((key) => {
    switch (key) {
      case 'files':
        reader.readList(() => {
          // Before each file there may be padding.
          if (info.entries.length >= 2 * MAX_FILES) throw new BencodeError()
          info.entries.push(readEntry(reader))
        })
        break
      case 'name':
        info.name = fromUtf8(reader.readBytes(LONGEST_TEXT))
        break
      case 'piece length':
        info.pieceLength = reader.readCount()
        break
      case 'pieces':
        info.pieces = reader.readBytes(MAX_METADATA)
        break
      // One file instead of a list (BEP 3), and a tree of files (BEP 52): a client that reads them sees another torrent.
      case 'length':
      case 'file tree':
        throw new BencodeError()
      default:
        reader.skip()
    }
  })
  return info
}

function readEntry(reader: BencodeReader): Entry {
  const entry: { attributes: string; length: number | null; sha256: Uint8Array | null; segments: string[] } = {
    attributes: '',
    length: null,
    sha256: null,
    segments: [],
  }
  reader.readDictionary((key) => {
    switch (key) {
      case 'attr':
        entry.attributes = toBinary(reader.readBytes(LONGEST_TEXT))
        break
      case 'length':
        entry.length = reader.readCount()
        break
      case 'path':
        reader.readList(() => {
          if (entry.segments.length >= MOST_SEGMENTS) throw new BencodeError()
          entry.segments.push(fromUtf8(reader.readBytes(LONGEST_TEXT)) ?? '')
        })
        break
      case 'sha256':
        entry.sha256 = reader.readBytes(32)
        break
      default:
        reader.skip()
    }
  })
  const { attributes, length, sha256, segments } = entry
  const isPadding = attributes.includes(PADDING)
  // A link would lead out.
  if (length === null || isPadding !== (sha256 === null) || attributes.includes(LINK)) throw new BencodeError()
  return { segments, length, sha256, isExecutable: attributes.includes(EXECUTABLE) }
}

/** Checks what no part of the metadata tells by itself. */
function assemble({ name, pieceLength, pieces, entries }: Info): Metadata | null {
  if (!isPrintable(name, 1, 128) || checkPath([name]) !== null || !isPieceLength(pieceLength) || !pieces) return null
  const placed = place(entries, pieceLength)
  if (!placed || placed.files.length === 0 || placed.files.length > MAX_FILES) return null
  if (pieces.length !== 20 * Math.ceil(placed.length / pieceLength)) return null
  const paths = placed.files.map(({ path }) => path)
  const isSorted = paths.every((path, index) => index === 0 || comparePaths(paths[index - 1] ?? '', path) < 0)
  return isSorted && checkPaths(paths) === null ? { name, pieceLength, pieces, ...placed } : null
}

/** The files at their offsets; `null` if padding is missing, wrong or too much, so that no file begins amid a piece. */
function place(entries: readonly Entry[], pieceLength: number): Pick<Metadata, 'files' | 'length'> | null {
  const files: FileEntry[] = []
  let end = 0
  let isPadded = false
  for (const { segments, length, sha256, isExecutable } of entries) {
    const padding = paddingOf(end, pieceLength)
    if (sha256 === null) {
      const isExpected = length === padding && length > 0 && files.length > 0
      if (!isExpected || segments.length !== 2 || segments[0] !== '.pad' || segments[1] !== `${length}`) return null
    } else {
      if (padding !== 0 || sha256.length !== 32 || checkPath(segments) !== null) return null
      files.push({ path: segments.join('/'), length, offset: end, sha256, isExecutable })
    }
    end += length
    if (!Number.isSafeInteger(end)) return null
    isPadded = sha256 === null
  }
  return isPadded ? null : { files, length: end }
}

/** Bytes of UTF-8: what no name is longer than (rule U7), and 4 for each of 128 characters. */
const LONGEST_TEXT = 1024
/** A path of 4,096 bytes has no more. */
const MOST_SEGMENTS = 2048

/** How many bytes are turned into characters at once: engines bear a few 10,000 arguments. */
const AT_ONCE = 8192

/** The form of bytes that `bencode` takes: a character a byte. */
function toBinary(bytes: Uint8Array): string {
  let binary = ''
  for (let at = 0; at < bytes.length; at += AT_ONCE) binary += String.fromCharCode(...bytes.subarray(at, at + AT_ONCE))
  return binary
}
