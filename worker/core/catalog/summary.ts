import type { Release } from '../../../protocol/content/release.ts'

/** A release as a list of them tells it. */
export type ReleaseSummary = Pick<
  Release,
  'number' | 'version' | 'published' | 'expires' | 'summary' | 'infoHash' | 'bytes' | 'files'
> & { readonly digest: string }

/** The summary of a release as a text of JSON, which is how it is stored and served. */
export function summaryOf(
  { number, version, published, expires, summary, infoHash, bytes, files }: Release,
  digest: string,
): string {
  const told: ReleaseSummary = { number, version, published, expires, summary, infoHash, bytes, files, digest }
  return JSON.stringify(told)
}
