import type { Bytes } from '../shell/bytes.ts'
import { subtle } from '../shell/identity.ts'

/** In hex. */
export async function digest(algorithm: 'SHA-1' | 'SHA-256', bytes: Bytes): Promise<string> {
  return hex(new Uint8Array(await subtle().digest(algorithm, bytes)))
}

export const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
