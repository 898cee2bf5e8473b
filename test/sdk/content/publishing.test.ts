import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { Catalogue } from '../../../sdk/content/catalogue.ts'
import { keep } from '../../../sdk/content/publishing.ts'
import { keyOf } from '../../protocol/content/examples.ts'

interface Answer {
  readonly status: number
  readonly text: string
}

/** What `onRefused` was told, or what publishing failed with, by a tracker that answers so. */
async function refusalBy(answers: { readonly release: Answer; readonly metadata: Answer }, isHeard: boolean) {
  const server = createServer((request, response) => {
    request.resume()
    const { status, text } = request.url?.startsWith('/metadata/') ? answers.metadata : answers.release
    response.writeHead(status).end(text)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const tracker = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const catalogue = new Catalogue({ tracker, publisher: keyOf(1), channel: 'stable' })
  const told: string[] = []
  const onRefused = isHeard ? { onRefused: ({ message }: Error) => told.push(message) } : {}
  try {
    await keep(catalogue, '{}', { sha256: 'ab'.repeat(32), bytes: new Uint8Array(3) }, onRefused)
    return { told, thrown: null }
  } catch (error) {
    return { told, thrown: (error as Error).message }
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

describe('U10, U16, U18: a tracker that keeps no such release', () => {
  const taken = { status: 201, text: '{}' }
  const sentence = 'the operator lists who may publish here in PUBLISHERS, and this key is not among them'

  it.each([403, 413, 429, 507])('is heard with what it says, by %d', async (status) => {
    const refused = { status, text: `${sentence}\n` }
    const message = `The tracker answered ${status}: ${sentence}`
    expect(await refusalBy({ release: refused, metadata: taken }, true)).toEqual({ told: [message], thrown: null })
    expect(await refusalBy({ release: taken, metadata: refused }, true)).toEqual({ told: [message], thrown: null })
    expect(await refusalBy({ release: refused, metadata: taken }, false)).toEqual({ told: [], thrown: message })
  })

  it.each([400, 409, 500])('by %d fails, for followers would refuse it too', async (status) => {
    const refused = { status, text: 'no' }
    expect(await refusalBy({ release: refused, metadata: taken }, true)).toEqual({
      told: [],
      thrown: `The tracker answered ${status}: no`,
    })
  })

  it('is not heard where it keeps it', async () => {
    expect(await refusalBy({ release: taken, metadata: taken }, true)).toEqual({ told: [], thrown: null })
  })
})
