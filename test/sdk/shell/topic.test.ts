import { describe, expect, it } from 'vitest'
import { toHex } from '../../../protocol/ids.ts'
import type { Publication } from '../../../protocol/mesh/publication.ts'
import { encodeValue } from '../../../protocol/mesh/value.ts'
import { type Message, Topic } from '../../../sdk/mesh/topic.ts'
import { peerIdOf } from '../../support/core.ts'

const [author, neighbour] = [peerIdOf('author'), peerIdOf('neighbour')]

const publicationOf = (data: unknown): Publication => ({
  author,
  epoch: 1,
  sequence: 0,
  kind: 'topic',
  topic: 't',
  data: encodeValue(data),
  publicKey: new Uint8Array(32),
  signature: new Uint8Array(64),
})

/** A topic of which these were published before. */
function topicAfter(...past: readonly unknown[]) {
  const topic = new Topic('t', {
    publish: () => Promise.resolve(),
    past: () => past.map(publicationOf),
  })
  const receive = (data: unknown, isPast: boolean) =>
    topic.receive({ publication: publicationOf(data), via: neighbour, isPast, isNews: !isPast })
  return { topic, receive }
}

async function dataOf(messages: AsyncIterable<Message<unknown>>): Promise<unknown[]> {
  const data: unknown[] = []
  for await (const message of messages) data.push(message.data)
  return data
}

describe('D7: what was published before this peer came', () => {
  it('goes to who asks for history, in order with what is remembered and what comes', async () => {
    const { topic, receive } = topicAfter('remembered')
    const messages = topic.messages({ history: true })
    await receive('past', true)
    await receive('new', false)
    topic.close()
    expect(await dataOf(messages)).toEqual(['remembered', 'past', 'new'])
  })

  it('goes to nobody else', async () => {
    const { topic, receive } = topicAfter('remembered')
    const [plain, iterated] = [topic.messages(), topic[Symbol.asyncIterator]()]
    await receive('past', true)
    await receive('new', false)
    topic.close()
    expect(await dataOf(plain)).toEqual(['new'])
    expect((await iterated.next()).value).toMatchObject({ data: 'new' })
    expect((await iterated.next()).done).toBe(true)
  })

  it('goes to a listener that asks for it, until its signal ends it', async () => {
    const { topic, receive } = topicAfter('remembered')
    const heard: unknown[] = []
    const ending = new AbortController()
    const [last, ended] = [Promise.withResolvers<undefined>(), topic.messages({ signal: ending.signal })]
    topic.subscribe(
      ({ data }) => {
        heard.push(data)
        if (data === 'last') last.resolve(undefined)
      },
      { history: true },
    )
    await receive('past', true)
    ending.abort()
    await receive('last', false)
    await last.promise
    expect(heard).toEqual(['remembered', 'past', 'last'])
    expect(await dataOf(ended)).toEqual([])
  })
})

it('a message names its author, and the neighbour that passed it on; what is remembered names none', async () => {
  const { topic, receive } = topicAfter('remembered')
  const messages = topic.messages({ history: true })
  await receive('new', false)
  const [first, second] = [await messages.next(), await messages.next()]
  expect(first.value).toEqual({ from: toHex(author), via: null, data: 'remembered' })
  expect(second.value).toEqual({ from: toHex(author), via: toHex(neighbour), data: 'new' })
})

it('what is no value is nobody’s message', async () => {
  const { topic } = topicAfter()
  const messages = topic.messages()
  const malformed = { ...publicationOf(1), data: Uint8Array.of(255) }
  await topic.receive({ publication: malformed, via: neighbour, isPast: false, isNews: true })
  topic.close()
  expect(await dataOf(messages)).toEqual([])
})
