import { decodeMetadata, type Metadata } from '../../protocol/content/metadata.ts'
import type { Release } from '../../protocol/content/release.ts'
import type { Bytes } from '../shell/bytes.ts'
import { digest } from './digest.ts'
import { ContentError } from './error.ts'

/** What a release promises of its content. */
export type Promised = Pick<Release, 'number' | 'name' | 'infoHash' | 'metadata' | 'bytes' | 'files'>

/** The metadata that the bytes are. @throws {ContentError} `ERR_RELEASE` if it is not exactly what the release names */
export async function openMetadata(release: Promised, bytes: Bytes): Promise<Metadata> {
  const refuse = (problem: string) =>
    new ContentError('ERR_RELEASE', `The metadata of release ${release.number} ${problem}.`)
  const isNamed =
    bytes.length === release.metadata.length &&
    (await digest('SHA-256', bytes)) === release.metadata.sha256 &&
    (await digest('SHA-1', bytes)) === release.infoHash
  if (!isNamed) throw refuse('is not what the release names')
  const metadata = decodeMetadata(bytes)
  if (!metadata) throw refuse("can't be used: its paths, pieces or files are none of Edgeswarm's")
  const { files, name } = metadata
  const length = files.reduce((sum, file) => sum + file.length, 0)
  if (name !== release.name || files.length !== release.files || length !== release.bytes) {
    throw refuse('has other files than the release says')
  }
  return metadata
}
