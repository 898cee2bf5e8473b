import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import {
  contentKey,
  type ContentPath,
  formatContentPath,
  formatUpload,
  uploadBytes,
} from '../../../protocol/content/origin.ts'
import { encodeRelease, type Release } from '../../../protocol/content/release.ts'
import { encodeFeed, type Sealed, signedBytes } from '../../../protocol/content/sealed.ts'
import { toBase64Url, toUtf8 } from '../../../protocol/content/text.ts'
import type { Catalog } from '../../../worker/shell/catalog/catalog.ts'
import type { Environment } from '../../../worker/shell/environment.ts'
import { DAY, releaseOf } from '../../protocol/content/examples.ts'
import { fetchWorker } from './client.ts'

/** Who holds an Ed25519 key. */
export interface Signer {
  /** In base64url. */
  readonly key: string
  sign(bytes: Uint8Array): Promise<string>
}

export async function newSigner(): Promise<Signer> {
  const { publicKey, privateKey } = (await crypto.subtle.generateKey('Ed25519', true, [
    'sign',
    'verify',
  ])) as CryptoKeyPair
  return {
    key: toBase64Url(new Uint8Array((await crypto.subtle.exportKey('raw', publicKey)) as ArrayBuffer)),
    sign: async (bytes) => toBase64Url(new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, bytes))),
  }
}

/** A release of the signer's that is good now, with these fields in place of its own. */
export const currentRelease = (signer: Signer, changes: Partial<Release> = {}): Release =>
  releaseOf({
    publisher: signer.key,
    key: signer.key,
    published: Date.now() - DAY,
    expires: Date.now() + 30 * DAY,
    ...changes,
  })

export async function seal(signer: Signer, release: Release): Promise<Sealed> {
  const text = encodeRelease(release)
  return { release: text, signature: await signer.sign(signedBytes(text)) }
}

let addresses = 0
/** An address that nobody else has: its rates are fresh. */
export const newAddress = (): string => `2001:db8:${(addresses++).toString(16)}::1`

type Asked = Omit<RequestInit, 'headers'> & { readonly headers?: Readonly<Record<string, string>> }

/** Sends the request from an address of its own. */
export const send = (path: string, { headers, ...init }: Asked = {}): Promise<Response> =>
  fetchWorker(path, { ...init, headers: { 'cf-connecting-ip': newAddress(), ...headers } })

export const feedPath = ({ publisher, channel }: Pick<Release, 'publisher' | 'channel'>): string =>
  `/releases/${publisher}/${channel}`

export const putFeed = (path: string, releases: readonly Sealed[]): Promise<Response> =>
  send(path, { method: 'PUT', body: encodeFeed({ releases }) })

/** Publishes one release by itself. */
export async function publish(signer: Signer, changes: Partial<Release> = {}): Promise<Response> {
  const release = currentRelease(signer, changes)
  return putFeed(feedPath(release), [await seal(signer, release)])
}

export async function sha256Of(bytes: Uint8Array | string): Promise<string> {
  const data = typeof bytes === 'string' ? toUtf8(bytes) : bytes
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', data))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** The headers of an upload of this body. */
export async function uploadHeaders(
  signer: Signer,
  file: ContentPath,
  body: string,
  time = Date.now(),
): Promise<Record<string, string>> {
  const sha256 = await sha256Of(body)
  const signature = await signer.sign(uploadBytes(time, contentKey(file), sha256))
  return {
    authorization: formatUpload({ publisher: signer.key, time }, signature),
    'x-content-sha256': sha256,
    'content-length': `${toUtf8(body).length}`,
  }
}

export const upload = async (signer: Signer, file: ContentPath, body: string, time?: number): Promise<Response> =>
  send(formatContentPath(file), { method: 'PUT', body, headers: await uploadHeaders(signer, file, body, time) })

/** The body as a text, whatever its type is. */
export const textOf = async (response: Response): Promise<string> =>
  new TextDecoder().decode(await response.arrayBuffer())

export const catalog = (): DurableObjectStub<Catalog> => (env as unknown as Environment).CATALOG.getByName('catalog')

export const told = async (response: Response): Promise<readonly [number, string]> => [
  response.status,
  await response.text(),
]

export const matching = (text: string): string => expect.stringContaining(text) as string
