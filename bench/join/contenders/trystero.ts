import { joinRoom } from '@trystero-p2p/torrent'
import { RTCPeerConnection } from 'node-datachannel/polyfill'
import type { Join } from '../contender.ts'

export const join: Join = ({ host, swarm }, linked) => {
  const room = joinRoom(
    {
      appId: 'edgeswarm-bench',
      relayConfig: { urls: [`ws://${host}/announce`] },
      rtcConfig: { iceServers: [] },
      // It lacks what trystero does not use.
      rtcPolyfill: RTCPeerConnection as unknown as typeof globalThis.RTCPeerConnection,
    },
    swarm,
  )
  room.onPeerJoin = linked
  return Promise.resolve()
}
