const SDP = [
  'v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\na=msid-semantic: WMS\r\n',
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\n',
  ...Array.from(
    { length: 9 },
    (_, index) => `a=candidate:${1000 + index} 1 udp 2122260223 192.168.1.${index} 54321 typ host generation 0\r\n`,
  ),
  'a=ice-ufrag:abcd\r\na=ice-pwd:0123456789abcdef01234567\r\na=ice-options:trickle\r\n',
  `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => 'AB').join(':')}\r\n`,
  'a=setup:actpass\r\na=mid:0\r\na=sctp-port:5000\r\na=max-message-size:262144\r\n',
].join('')

let lastId = 0
const freshId = (): string => `-ES0000-${String(++lastId).padStart(12, '0')}`

/** Makes the announces of one stock peer, each with offers of its own. */
export function announcer(infoHash: string, offers: number): () => string {
  const start = JSON.stringify({
    numwant: offers,
    uploaded: 0,
    downloaded: 0,
    left: 1_000_000,
    action: 'announce',
    info_hash: infoHash,
    peer_id: freshId(),
  }).slice(0, -1)
  const description = JSON.stringify({ type: 'offer', sdp: SDP })
  return () => {
    const list = Array.from({ length: offers }, () => `{"offer":${description},"offer_id":"${freshId()}"}`)
    return `${start},"offers":[${list.join()}]}`
  }
}
