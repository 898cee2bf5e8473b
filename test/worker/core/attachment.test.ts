import { serialize } from 'node:v8'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Role } from '../../../protocol/announce.ts'
import { isInfoHash, isPeerId } from '../../../protocol/ids.ts'
import { type Attachment, attachmentOf, pairsOf } from '../../../worker/core/attachment.ts'
import type { Socket } from '../../../worker/core/socket.ts'
import { addPeer } from '../../../worker/core/state.ts'
import { addressOf, infoHashOf, START, TestHub } from '../../support/core.ts'

interface Described {
  readonly infoHash: string
  readonly peerId: string
  readonly role: Role
  readonly completed: boolean
  readonly heard: number
}

const ids = fc
  .uint8Array({ minLength: 20, maxLength: 20 })
  .map((bytes) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
const described: fc.Arbitrary<Described> = fc.record({
  infoHash: ids,
  peerId: ids,
  role: fc.constantFrom<Role>('leech', 'seed', 'partialSeed'),
  completed: fc.boolean(),
  // To the second; up to the year 2106, where 32 bits end.
  heard: fc.integer({ min: 0, max: 2 ** 32 - 1 }).map((seconds) => seconds * 1000),
})

function socketWith(pairs: readonly Described[]): Socket {
  const hub = new TestHub()
  const socket = hub.state.sockets.get(hub.open('2001:db8::1', infoHashOf('bound')))
  if (!socket) throw new Error('the hub opened it')
  for (const { infoHash, peerId, role, completed, heard } of pairs) {
    if (!isInfoHash(infoHash) || !isPeerId(peerId)) throw new Error('the generator makes ids')
    addPeer(hub.state, socket, infoHash, peerId, role, heard).completed = completed
  }
  return socket
}

/** As the platform keeps it. */
const kept = (attachment: Attachment): Attachment => structuredClone(attachment)

describe('P6: an attachment', () => {
  it('gives 200 pairs back as they were', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(described, { maxLength: 200, selector: ({ infoHash, peerId }) => infoHash + peerId }),
        (pairs) => {
          expect(pairsOf(kept(attachmentOf(socketWith(pairs))))).toEqual(pairs)
        },
      ),
      { numRuns: 200 },
    )
  })

  it('gives 200 pairs of any bytes back as they were, and all of them fit', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(described, { minLength: 200, maxLength: 200, selector: ({ peerId }) => peerId }),
        (pairs) => {
          const socket = socketWith(pairs)
          socket.key = '\u{1f600}'.repeat(32)
          const attachment = attachmentOf(socket)
          expect(pairsOf(kept(attachment))).toEqual(pairs)
          expect(serialize(attachment).byteLength).toBeLessThan(16_384)
        },
      ),
      { numRuns: 50 },
    )
  })

  it('keeps the address, the swarm of the URL and the key', () => {
    const socket = socketWith([])
    socket.key = 'secret'
    expect(attachmentOf(socket)).toMatchObject({
      address: addressOf('2001:db8::1'),
      boundTo: infoHashOf('bound'),
      key: 'secret',
      pairs: '',
    })
  })

  it('keeps time to the second', () => {
    const pair: Described = {
      infoHash: infoHashOf('swarm'),
      peerId: 'p'.repeat(20),
      role: 'seed',
      completed: true,
      heard: START + 1999,
    }
    expect(pairsOf(attachmentOf(socketWith([pair])))).toEqual([{ ...pair, heard: START + 1000 }])
  })
})
