import type { InfoHash, PeerId } from '../../protocol/ids.ts'
import { PROOF_LENGTH } from '../../protocol/mesh/control.ts'
import { encodeValue } from '../../protocol/mesh/value.ts'
import { type Bytes, fromBase64, randomBytes, toBase64, toBinary, utf8 } from './bytes.ts'
import { subtle } from './identity.ts'

/** What follows from a swarm's name and password: where it meets, and how its members know each other. */
export interface Secrets {
  readonly infoHash: InfoHash
  /** A member's proof on one link, 16 bytes (rule E2). */
  prove(transcript: Bytes, member: PeerId): Promise<Bytes>
  /** What a tracker or a peer in the middle is given of an SDP or a candidate. */
  seal(text: string): Promise<string>
  /** `null` if it was not sealed with this swarm's password. */
  open(sealed: string): Promise<string | null>
}

/** OWASP's advice of 2023 for PBKDF2 with SHA-256. */
const ITERATIONS = 600_000
const NONCE_LENGTH = 12

/** @param password absent for a swarm that everyone who knows its name may enter */
export async function deriveSecrets(name: string, password: string | undefined): Promise<Secrets> {
  const root = await rootOf(name, password)
  const hkdf = await subtle().importKey('raw', root, 'HKDF', false, ['deriveBits'])
  const derive = async (info: string): Promise<Bytes> => {
    const parameters = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: utf8(`edgeswarm ${info}`) }
    return new Uint8Array(await subtle().deriveBits(parameters, hkdf, 256))
  }
  const [infoHash, proofKey, sealKey] = await Promise.all([derive('info hash'), derive('proof'), derive('seal')])
  const hmac = await subtle().importKey('raw', proofKey, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  return {
    infoHash: toBinary(infoHash.subarray(0, 20)) as InfoHash,
    async prove(transcript, member) {
      const mac = await subtle().sign('HMAC', hmac, encodeValue([transcript, member]))
      return new Uint8Array(mac).slice(0, PROOF_LENGTH)
    },
    ...(password === undefined ? unsealed : await sealing(sealKey)),
  }
}

async function rootOf(name: string, password: string | undefined): Promise<Bytes> {
  const salt = utf8(`edgeswarm swarm ${name}`)
  if (password === undefined) return new Uint8Array(await subtle().digest('SHA-256', salt))
  const key = await subtle().importKey('raw', utf8(password.normalize('NFKC')), 'PBKDF2', false, ['deriveBits'])
  const parameters = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations: ITERATIONS }
  return new Uint8Array(await subtle().deriveBits(parameters, key, 256))
}

type Sealing = Pick<Secrets, 'seal' | 'open'>

const unsealed: Sealing = { seal: (text) => Promise.resolve(text), open: (text) => Promise.resolve(text) }

async function sealing(rawKey: Bytes): Promise<Sealing> {
  const key = await subtle().importKey('raw', rawKey, 'AES-GCM', false, ['encrypt', 'decrypt'])
  return {
    async seal(text) {
      const iv = randomBytes(NONCE_LENGTH)
      const sealed = await subtle().encrypt({ name: 'AES-GCM', iv }, key, utf8(text))
      return toBase64(new Uint8Array([...iv, ...new Uint8Array(sealed)]))
    },
    async open(sealed) {
      try {
        const bytes = fromBase64(sealed)
        const iv = bytes.subarray(0, NONCE_LENGTH)
        const opened = await subtle().decrypt({ name: 'AES-GCM', iv }, key, bytes.subarray(NONCE_LENGTH))
        return new TextDecoder().decode(opened)
      } catch {
        return null
      }
    },
  }
}
