import { type Link, parseLink } from '../../protocol/content/link.ts'
import { isWebUrl } from '../../protocol/content/text.ts'
import { EdgeswarmError } from '../error.ts'
import type { Context } from './command.ts'
import { UsageError } from './usage-error.ts'

/** How long a tracker may take to answer, in milliseconds. */
const ANSWER_WITHIN = 15_000
/** Bytes of an answer: a history of 100 releases, or 20 found ones, is far below. */
const MOST = 1_048_576

/** The address of the tracker, without `/` at its end. @throws {UsageError} */
export function trackerOf({ given, environment }: Pick<Context, 'given' | 'environment'>): string {
  const option = given.get('tracker')
  const tracker = option ?? environment['EDGESWARM_TRACKER'] ?? ''
  if (tracker === '') {
    throw new UsageError(
      'Which tracker? Give --tracker https://tracker.example.com, or set EDGESWARM_TRACKER; "edgeswarm dev" starts one on this machine.',
    )
  }
  const address = tracker.replace(/\/+$/, '')
  if (isWebUrl(address) && !address.includes('?')) return address
  const name = option === undefined ? 'EDGESWARM_TRACKER' : '--tracker'
  throw new UsageError(`${name} must be an address such as https://tracker.example.com, and this is ${tracker}.`)
}

/** @throws {UsageError} */
export function linkOf(text: string): Link {
  const link = parseLink(text)
  if (link) return link
  throw new UsageError(`${text} is no link; one is like https://tracker.example.com/releases/<publisher>/<channel>.`)
}

/**
 * What a tracker answers with, as it comes: it may be anything. `null` if it has no such thing.
 *
 * @throws {EdgeswarmError} `ERR_TRACKER`, `ERR_REFUSED` with what it says
 */
export async function askTracker(address: string, signal: AbortSignal): Promise<unknown> {
  const late = AbortSignal.timeout(ANSWER_WITHIN)
  const { origin } = new URL(address)
  let status: number
  let text: string
  try {
    const response = await fetch(address, {
      headers: { accept: 'application/json' },
      signal: AbortSignal.any([signal, late]),
    })
    status = response.status
    text = await readText(response)
  } catch (cause) {
    signal.throwIfAborted()
    const why = late.aborted ? `did not answer within ${ANSWER_WITHIN / 1000} s` : 'can not be reached'
    throw new EdgeswarmError('ERR_TRACKER', `${origin} ${why}.`, { cause })
  }
  if (status === 404) return null
  if (status !== 200) {
    throw new EdgeswarmError('ERR_REFUSED', `${origin} answered ${status}: ${text.slice(0, 500).trim()}`)
  }
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw new EdgeswarmError('ERR_TRACKER', `${origin} did not answer with JSON: is it a tracker of Edgeswarm?`, {
      cause,
    })
  }
}

async function readText({ body }: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > MOST) throw new Error(`The answer has more than ${MOST} bytes.`)
  }
  return text + decoder.decode()
}
