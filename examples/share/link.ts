import { formatLink, parseLink } from 'edgeswarm/content'

/** What the page's address says. */
export type Link =
  | { kind: 'none' }
  | { kind: 'broken' }
  /** A release, at the tracker that served this page. */
  | { kind: 'release'; address: string; channel: string }
  /** A torrent of any WebTorrent client. */
  | { kind: 'torrent'; infoHash: string }

const infoHashPattern = /^[0-9a-f]{40}$/
const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]'])

export function readLink({ origin, pathname, hash }: { origin: string; pathname: string; hash: string }): Link {
  const text = hash.replace(/^#/, '')
  if (text !== '') {
    // Some chat programs put link text in capitals; the hash means the same either way.
    const infoHash = text.toLowerCase()
    return infoHashPattern.test(infoHash) ? { kind: 'torrent', infoHash } : { kind: 'broken' }
  }
  if (!pathname.includes('/releases/')) return { kind: 'none' }
  const link = parseLink(origin + pathname)
  return link ? { kind: 'release', address: formatLink(link), channel: link.channel } : { kind: 'broken' }
}

/** The address at which this page opens a torrent. */
export function torrentAddress(origin: string, infoHash: string): string {
  return `${origin}/#${infoHash}`
}

export function trackerAddress(page: { protocol: string; host: string }, infoHash: string): string {
  const scheme = page.protocol === 'https:' ? 'wss' : 'ws'
  return `${scheme}://${page.host}/announce/${infoHash}`
}

export function magnetLink(infoHash: string, tracker: string): string {
  return `magnet:?xt=urn:btih:${infoHash}&tr=${encodeURIComponent(tracker)}`
}

/** Whether the browsers that meet here are on one machine: they find each other without help. */
export function isLoopback(hostname: string): boolean {
  return loopbackNames.has(hostname)
}
