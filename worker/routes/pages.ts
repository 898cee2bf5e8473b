import sharePage from '../../dist/share/index.html'
import shareScript from '../../dist/share/share.js.txt'
import shareStyle from '../../dist/share/style.css.txt'
import statsPage from '../pages/stats.html'

// The page runs a peer: it speaks to trackers and shows what it received, and nothing of it may run as code.
const SHARE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  'media-src blob:',
  'frame-src blob:',
  "connect-src 'self' ws: wss: blob:",
  "worker-src 'self' blob:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const STATS_POLICY =
  "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

interface Page {
  readonly text: string
  readonly type: string
  readonly policy?: string
}

/** What the tracker serves to a browser, by path. The share page is a build output of examples/share. */
export const PAGES: Readonly<Record<string, Page>> = {
  '/': { text: sharePage, type: 'text/html', policy: SHARE_POLICY },
  '/share.js': { text: shareScript, type: 'text/javascript' },
  '/style.css': { text: shareStyle, type: 'text/css' },
  '/stats': { text: statsPage, type: 'text/html', policy: STATS_POLICY },
}

export function pageResponse({ text, type, policy }: Page, request: Request): Response {
  const headers = new Headers({
    'content-type': `${type}; charset=utf-8`,
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  })
  if (policy) headers.set('content-security-policy', policy)
  // The runtime compresses a body whose headers say so.
  if (request.headers.get('accept-encoding')?.includes('gzip')) headers.set('content-encoding', 'gzip')
  return new Response(text, { headers })
}
