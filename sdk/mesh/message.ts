import { NORMAL, RESET } from '../../protocol/mesh/frame.ts'
import { decodeResponseHeader, encodeHeader, MAX_MESSAGE } from '../../protocol/mesh/header.ts'
import { decodeValue } from '../../protocol/mesh/value.ts'
import { EdgeswarmError } from '../error.ts'
import type { LinkStream } from '../shell/stream.ts'
import type { Member, Swarm } from '../shell/swarm.ts'
import { abortable } from './signal.ts'

const RECEIVED = { status: 204, statusText: '', headers: [] }

/** Sends a message to one peer (rule Q5); settles once the peer has it. */
export async function sendMessage(
  swarm: Swarm,
  member: Member,
  message: Uint8Array<ArrayBuffer>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const stream = await member.link.open({ type: 'message', swarm: swarm.number }, NORMAL)
  const sending = async () => {
    await stream.write(message)
    stream.end()
    if (!decodeResponseHeader(await stream.response())) {
      throw new EdgeswarmError('ERR_PROTOCOL', 'The peer answered with a head that can not be read.')
    }
    stream.stop()
  }
  try {
    await abortable(sending(), signal)
  } catch (error) {
    stream.reset(RESET.aborted, error as Error)
    throw error
  }
}

/**
 * The message that a peer sends on the stream.
 *
 * @throws {EdgeswarmError} `ERR_TOO_LARGE`; `ERR_CLOSED` if the peer gave up
 * @throws {ValueError} if it can not be read
 */
export async function receiveMessage(stream: LinkStream): Promise<unknown> {
  try {
    const chunks: Uint8Array[] = []
    let length = 0
    for (let chunk = await stream.read(); chunk; chunk = await stream.read()) {
      length += chunk.length
      if (length > MAX_MESSAGE) throw new EdgeswarmError('ERR_TOO_LARGE', `a message has at most ${MAX_MESSAGE} bytes`)
      chunks.push(chunk)
    }
    const data = decodeValue(joined(chunks, length))
    stream.respond(encodeHeader(RECEIVED))
    stream.end()
    return data
  } catch (error) {
    stream.reset(RESET.failed, error as Error)
    throw error
  }
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.length
  }
  return bytes
}
