import { statementBytes } from '../../protocol/mesh/publication.ts'
import { infoHashOf } from '../../test/support/core.ts'

const TIMES = 500

/** Microseconds that the engine takes to verify the signature of a publication: what the shell does before the cores. */
export async function measureSignature(): Promise<number> {
  const { subtle } = crypto
  const { publicKey, privateKey } = await subtle.generateKey('Ed25519', false, ['sign', 'verify'])
  const statement = { epoch: Date.now(), sequence: 0, kind: 'topic', topic: 'news', data: new Uint8Array(100) }
  const bytes = statementBytes(infoHashOf('bench'), statement)
  const signature = await subtle.sign('Ed25519', privateKey, bytes)
  const start = performance.now()
  for (let time = 0; time < TIMES; time++) await subtle.verify('Ed25519', publicKey, signature, bytes)
  return ((performance.now() - start) * 1000) / TIMES
}
