import { truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { formatContentPath } from '../../../protocol/content/origin.ts'
import { toBase64Url } from '../../../protocol/content/text.ts'
import { uploadFiles } from '../../../sdk/content/upload.ts'
import { createIdentity, type Identity } from '../../../sdk/shell/identity.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { startTracker, type Tracker } from '../../support/tracker.ts'
import { publish } from '../content/trees.ts'
import { has, like } from './cli.ts'

let tracker: Tracker
let key: Identity
let folder: string
const cleanUp = new AsyncDisposableStack()
beforeAll(async () => {
  key = await createIdentity()
  tracker = cleanUp.use(await startTracker({ STUN_URLS: '', PUBLISHERS: toBase64Url(key.publicKey) }))
  folder = cleanUp.use(await temporaryFolder()).path
})
afterAll(() => cleanUp.disposeAsync())

const tree = { 'a.bin': Buffer.alloc(700_000, 7), 'ä b/c d%.txt': Buffer.from('odd'), empty: Buffer.alloc(0) }

it('U14 U15 every file lies in the bucket, and may be uploaded again', async () => {
  const made = await publish(join(folder, 'whole'), tree)
  for (const attempt of [1, 2]) {
    let last = 0
    const base = await uploadFiles(made, {
      tracker: tracker.http,
      key,
      onProgress: (bytes, total) => {
        last = bytes
        expect(total).toBe(700_003)
      },
    })
    expect([attempt, last]).toEqual([attempt, 700_003])
    expect(base).toBe(`${tracker.http}/content/${made.infoHash}/`)
  }
  for (const [path, bytes] of Object.entries(tree)) {
    const response = await fetch(tracker.http + formatContentPath({ infoHash: made.infoHash, name: 'app', path }))
    expect(Buffer.from(await response.arrayBuffer()).equals(bytes), path).toBe(true)
  }
})

it('U15 a key that the operator has not listed is told so', async () => {
  const made = await publish(join(folder, 'stranger'), tree)
  const uploading = uploadFiles(made, { tracker: tracker.http, key: await createIdentity() })
  await expect(uploading).rejects.toMatchObject({
    code: 'ERR_REFUSED',
    message: like(/ does not take .* \(403\): the operator has not listed this key/),
  })
})

it('a file that changed since it was hashed is not taken', async () => {
  const path = join(folder, 'changed')
  const made = await publish(path, { 'a.bin': Buffer.alloc(1000, 1) })
  await writeFile(join(path, 'a.bin'), Buffer.alloc(1000, 2))
  await expect(uploadFiles(made, { tracker: tracker.http, key })).rejects.toMatchObject({
    code: 'ERR_REFUSED',
    message: has('does not have the SHA-256'),
  })
  await truncate(join(path, 'a.bin'), 10)
  await expect(uploadFiles(made, { tracker: tracker.http, key })).rejects.toMatchObject({ code: 'ERR_FILES' })
})

it('it ends with the reason of its signal', async () => {
  const made = await publish(join(folder, 'aborted'), tree)
  const reason = new Error('enough')
  const uploading = uploadFiles(made, { tracker: tracker.http, key, signal: AbortSignal.abort(reason) })
  await expect(uploading).rejects.toBe(reason)
})
