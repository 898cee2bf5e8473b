import { mkdir, open, readdir, readFile, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fromBase64Url, isKey, toBase64Url } from '../../protocol/content/text.ts'
import { createIdentity, type Identity } from '../shell/identity.ts'
import { ContentError } from './error.ts'
import { codeOf } from './errno.ts'

/** A key of a publisher, as it lies on this machine. */
export interface PublisherKey {
  readonly name: string
  /** The public key, base64url: what links carry. */
  readonly publisher: string
  readonly identity: Identity
  /** The file that holds it. */
  readonly path: string
}

/** The file's text. Both keys are base64url of 32 bytes. */
interface KeyFile {
  readonly format: 1
  readonly publisher: string
  readonly secretKey: string
}

const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/
const EXTENSION = '.json'

/** Where keys lie: `EDGESWARM_KEYS`, else `edgeswarm/keys` in `XDG_CONFIG_HOME` or `~/.config`. */
export function keysFolder(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  const { EDGESWARM_KEYS: own, XDG_CONFIG_HOME: config } = environment
  if (own !== undefined && own !== '') return own
  // The specification has a relative XDG_CONFIG_HOME ignored.
  const base = config?.startsWith('/') === true ? config : join(homedir(), '.config')
  return join(base, 'edgeswarm', 'keys')
}

/**
 * Makes a key and keeps it; never replaces one.
 *
 * @param name small letters, digits, `.`, `_` and `-`, up to 64
 */
export async function makeKey(name: string, folder: string = keysFolder()): Promise<PublisherKey> {
  const path = pathOf(name, folder)
  const identity = await createIdentity()
  const publisher = toBase64Url(identity.publicKey)
  const content: KeyFile = { format: 1, publisher, secretKey: toBase64Url(identity.secretKey) }
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await using file = await open(path, 'wx', 0o600)
    await file.writeFile(`${JSON.stringify(content)}\n`)
    await file.sync()
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') throw new ContentError('ERR_KEY', `There is a key "${name}" already: ${path}`)
    throw new ContentError('ERR_KEY', `The key can't be written to ${path}.`, { cause })
  }
  return { name, publisher, identity, path }
}

export async function loadKey(name: string, folder: string = keysFolder()): Promise<PublisherKey> {
  const path = pathOf(name, folder)
  const text = await readKey(name, path)
  const content = parseKey(text)
  if (!content) throw new ContentError('ERR_KEY', `${path} holds no key of Edgeswarm, or is damaged.`)
  const identity = await createIdentity(fromBase64Url(content.secretKey))
  const publisher = toBase64Url(identity.publicKey)
  if (publisher !== content.publisher) {
    throw new ContentError('ERR_KEY', `${path} is damaged: its public key is not that of its secret key.`)
  }
  return { name, publisher, identity, path }
}

/** The keys on this machine, by name. Files that hold no key are left out. */
export async function listKeys(
  folder: string = keysFolder(),
): Promise<readonly Pick<PublisherKey, 'name' | 'publisher' | 'path'>[]> {
  const found = []
  for (const entry of (await entriesOf(folder)).sort()) {
    const name = entry.slice(0, -EXTENSION.length)
    if (!entry.endsWith(EXTENSION) || !NAME.test(name)) continue
    const path = join(folder, entry)
    const content = parseKey(await readFile(path, 'utf8').catch(() => ''))
    if (content) found.push({ name, publisher: content.publisher, path })
  }
  return found
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return []
    throw new ContentError('ERR_KEY', `The folder of the keys can't be read: ${folder}`, { cause })
  }
}

function pathOf(name: string, folder: string): string {
  if (NAME.test(name)) return join(folder, name + EXTENSION)
  throw new ContentError('ERR_KEY', "A key's name is up to 64 small letters, digits, '.', '_' and '-'.")
}

async function readKey(name: string, path: string): Promise<string> {
  try {
    const { mode } = await stat(path)
    // Windows has no such modes and reports 0o666 for everything.
    if (process.platform === 'win32' || (mode & 0o077) === 0) return await readFile(path, 'utf8')
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') throw new ContentError('ERR_KEY', `There is no key "${name}": ${path}`)
    throw new ContentError('ERR_KEY', `The key can't be read: ${path}`, { cause })
  }
  throw new ContentError('ERR_KEY', `Others on this machine may read this key. Run: chmod 600 ${path}`)
}

function parseKey(text: string): KeyFile | null {
  try {
    const value: unknown = JSON.parse(text)
    return isKeyFile(value) ? value : null
  } catch {
    return null
  }
}

// A secret key has as many bytes as a public one.
const isKeyFile = (value: unknown): value is KeyFile => {
  const { format, publisher, secretKey } = (value ?? {}) as Partial<Record<keyof KeyFile, unknown>>
  return format === 1 && isKey(publisher) && isKey(secretKey)
}
