import { type BareChannel, type BareConnection, LOW_WATER } from './bare.ts'
import { CHANNELS } from './plan.ts'

/** The browser's RTCPeerConnection. */
export function openBare(): BareConnection {
  const connection = new RTCPeerConnection()
  const channels = Array.from({ length: CHANNELS }, (_, id) =>
    connection.createDataChannel(`bare ${id}`, { negotiated: true, id }),
  )
  const describe = async () => {
    await connection.setLocalDescription()
    await new Promise<void>((resolve) => {
      const look = () => {
        if (connection.iceGatheringState === 'complete') resolve()
      }
      connection.addEventListener('icegatheringstatechange', look)
      look()
    })
    return connection.localDescription?.sdp ?? ''
  }
  return {
    offer: describe,
    async answer(sdp) {
      await connection.setRemoteDescription({ type: 'offer', sdp })
      return describe()
    },
    accept: (sdp) => connection.setRemoteDescription({ type: 'answer', sdp }),
    channels: Promise.all(channels.map(opened)),
  }
}

async function opened(channel: RTCDataChannel): Promise<BareChannel> {
  channel.binaryType = 'arraybuffer'
  channel.bufferedAmountLowThreshold = LOW_WATER
  await new Promise((resolve) => {
    channel.addEventListener('open', resolve)
  })
  return {
    send(bytes) {
      channel.send(bytes)
    },
    sendText(text) {
      channel.send(text)
    },
    get buffered() {
      return channel.bufferedAmount
    },
    onDrain(callback) {
      channel.onbufferedamountlow = callback
    },
    onMessage(callback) {
      channel.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
        callback(data)
      }
    },
  }
}
