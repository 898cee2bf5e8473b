import type { Refusal, RefusalCode } from '../../protocol/refusal.ts'

const STATUS: Readonly<Record<RefusalCode, number>> = {
  malformed: 400,
  limited: 429,
  full: 503,
  forbidden: 403,
  taken: 409,
  unasked: 409,
  absent: 404,
}

/** A refusal as HTTP tells it, where no protocol of trackers has a form for it: a WebSocket that is not opened. */
export const refusalResponse = ({ code, reason, retryIn }: Refusal): Response =>
  new Response(`${reason}\n`, {
    status: STATUS[code],
    ...(retryIn !== undefined && { headers: { 'retry-after': `${retryIn}` } }),
  })
