import { ContentError } from './error.ts'

/** The code of a platform's error (`ENOENT`, …); an empty text for any other. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

/** What browsers say of their quota. */
const isOverQuota = (error: unknown): boolean => error instanceof Error && error.name === 'QuotaExceededError'

/** No block left, over the quota of the user, over the largest file that this process or file system may have. */
const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/** What a disk refused, as an error that names the file; an error of ours stays as it is. */
export function diskError(path: string, cause: unknown): ContentError {
  if (cause instanceof ContentError) return cause
  if (FULL.has(codeOf(cause)) || isOverQuota(cause)) {
    return new ContentError(
      'ERR_FULL',
      `There is no room on the disk for ${path}. What is verified is kept: make room and start again.`,
      { cause },
    )
  }
  return new ContentError('ERR_DISK', `The disk refuses ${path}: ${messageOf(cause)}`, { cause })
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
