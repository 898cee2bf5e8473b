import type { Denial } from '../core/catalog/denial.ts'

/** A denial as HTTP tells it. */
export const denialResponse = ({ status, reason, retryIn }: Denial): Response =>
  new Response(`${reason}\n`, {
    status,
    headers: {
      'cache-control': 'no-store',
      ...(retryIn !== undefined && { 'retry-after': `${retryIn}` }),
      // RFC 9110 §15.5.2 asks for one.
      ...(status === 401 && { 'www-authenticate': 'Edgeswarm' }),
    },
  })
