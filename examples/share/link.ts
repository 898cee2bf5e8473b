/** What the part of the address after `#` says. */
export type Link = { kind: 'none' } | { kind: 'broken' } | { kind: 'file'; infoHash: string }

const infoHashPattern = /^[0-9a-f]{40}$/
const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]'])

export function readLink(hash: string): Link {
  const text = hash.replace(/^#/, '')
  if (text === '') return { kind: 'none' }
  // Some chat programs put link text in capitals; the hash means the same either way.
  const infoHash = text.toLowerCase()
  return infoHashPattern.test(infoHash) ? { kind: 'file', infoHash } : { kind: 'broken' }
}

export function shareLink(origin: string, infoHash: string): string {
  return `${origin}/#${infoHash}`
}

export function trackerAddress(page: { protocol: string; host: string }, infoHash: string): string {
  const scheme = page.protocol === 'https:' ? 'wss' : 'ws'
  return `${scheme}://${page.host}/announce/${infoHash}`
}

export function magnetLink(infoHash: string, tracker: string): string {
  return `magnet:?xt=urn:btih:${infoHash}&tr=${encodeURIComponent(tracker)}`
}

export function iceServers(hostname: string): RTCIceServer[] {
  // On one machine the browsers find each other without help, and a STUN server that cannot be reached
  // holds every offer back for five seconds.
  if (loopbackNames.has(hostname)) return []
  return [{ urls: ['stun:stun.cloudflare.com:3478', 'stun:stun.l.google.com:19302'] }]
}
