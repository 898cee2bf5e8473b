import { createHash } from 'node:crypto'
import WebTorrent from 'webtorrent'
import type { Join } from '../contender.ts'

/** A swarm of leeches of a torrent that nobody has: their wires open, and nothing flows that would take time. */
export const join: Join = ({ host, swarm }, linked) => {
  const client = new WebTorrent({
    dht: false,
    lsd: false,
    natUpnp: false,
    natPmp: false,
    utPex: false,
    utp: false,
    tracker: { rtcConfig: { iceServers: [] } },
  })
  const infoHash = createHash('sha1').update(swarm).digest('hex')
  const announce = encodeURIComponent(`ws://${host}/announce`)
  const torrent = client.add(`magnet:?xt=urn:btih:${infoHash}&tr=${announce}`)
  torrent.on('wire', ({ peerId }: { readonly peerId: string }) => {
    linked(peerId)
  })
  return Promise.resolve()
}
