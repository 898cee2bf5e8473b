import { type DataChannel, PeerConnection } from 'node-datachannel'
import { type BareChannel, type BareConnection, LOW_WATER } from './bare.ts'
import { CHANNELS } from './plan.ts'

/** node-datachannel by its own API. */
export function openBare(): BareConnection {
  const connection = new PeerConnection('bare', { iceServers: [], disableAutoNegotiation: true })
  const gathered = new Promise<void>((resolve) => {
    connection.onGatheringStateChange((state) => {
      if (state === 'complete') resolve()
    })
  })
  const channels = Array.from({ length: CHANNELS }, (_, id) =>
    connection.createDataChannel(`bare ${id}`, { negotiated: true, id }),
  )
  const describe = async () => {
    connection.setLocalDescription()
    await gathered
    return connection.localDescription()?.sdp ?? ''
  }
  return {
    // Let the answerer open DTLS, and its first flight may be lost and repeated only after a second.
    offer: async () => (await describe()).replace('a=setup:actpass', 'a=setup:active'),
    answer(offer) {
      connection.setRemoteDescription(offer, 'offer')
      return describe()
    },
    accept(answer) {
      connection.setRemoteDescription(answer, 'answer')
      return Promise.resolve()
    },
    channels: Promise.all(channels.map(opened)),
  }
}

async function opened(channel: DataChannel): Promise<BareChannel> {
  await new Promise<void>((resolve) => {
    channel.onOpen(resolve)
  })
  channel.setBufferedAmountLowThreshold(LOW_WATER)
  return {
    send: (bytes) => channel.sendMessageBinary(bytes),
    sendText: (text) => channel.sendMessage(text),
    get buffered() {
      return channel.bufferedAmount()
    },
    onDrain(callback) {
      channel.onBufferedAmountLow(callback)
    },
    onMessage(callback) {
      channel.onMessage(callback)
    },
  }
}
