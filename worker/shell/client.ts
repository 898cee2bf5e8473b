import { type Address, parseAddress } from '../../protocol/address.ts'

const UNKNOWN = '\0\0\0\0' as Address

/**
 * The address that a request comes from. On Cloudflare it is `CF-Connecting-IP`, which a client can't write
 * there; plain workerd passes that header through, and has the true address in `request.cf.clientIp`.
 *
 * @param header where a reverse proxy of the operator's puts the address; it appends, so the last one is its own
 */
export function clientAddress(request: Request, header: string): Address {
  const text = header === '' ? connectionAddress(request) : request.headers.get(header)?.split(',').at(-1)
  return parseAddress(withoutPort(text?.trim() ?? '')) ?? UNKNOWN
}

// workerd and some proxies write 192.0.2.1:5678 or [2001:db8::1]:5678.
const withoutPort = (text: string): string =>
  /^(?:\[([^\]]*)\]|([^:]*))(?::\d+)?$/.exec(text)?.slice(1).join('') ?? text

function connectionAddress({ cf, headers }: Request): string | null {
  const clientIp: unknown = cf?.['clientIp']
  return typeof clientIp === 'string' ? clientIp : headers.get('cf-connecting-ip')
}
