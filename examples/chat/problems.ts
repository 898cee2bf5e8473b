import { EdgeswarmError } from 'edgeswarm'
import { formatCount } from '../base/numbers.ts'

/** What went wrong, and what to do about it. */
export interface Problem {
  readonly text: string
  /** Whether to try again, and by itself. */
  readonly remedy: 'retry' | 'none'
}

export function whatIsMissing(): string | null {
  if (!isSecureContext) return 'Browsers allow this only over https, or on localhost. Open the page over https.'
  if (typeof RTCPeerConnection === 'undefined') {
    return 'This browser has no WebRTC, or it is switched off. Switch it on, or open the page in another browser.'
  }
  return null
}

/** @param retrySeconds how soon the page tries again by itself */
export function joinProblem(error: unknown, retrySeconds: number): Problem {
  const again = `This page tries again every ${formatCount(retrySeconds)} seconds.`
  switch (error instanceof EdgeswarmError ? error.code : null) {
    case 'ERR_TRACKER':
    case 'ERR_TIMEOUT':
      return { text: `The tracker does not let this page in. Check your connection. ${again}`, remedy: 'retry' }
    case 'ERR_UNSUPPORTED':
      return { text: `${messageOf(error)} Open the page in another browser.`, remedy: 'none' }
    default:
      return { text: `That did not work: ${messageOf(error)} Reload the page.`, remedy: 'none' }
  }
}

export const trackerProblem = (isAlone: boolean): string =>
  isAlone
    ? 'The tracker does not answer, so nobody can find you. This page keeps trying; check your connection.'
    : 'The tracker does not answer. Those who are here can go on talking; newcomers have to wait until it is back.'

export const publishProblem = (error: unknown): string =>
  `Your last message did not go out: ${messageOf(error)} Reload the page, and say it again.`

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
