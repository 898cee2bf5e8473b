import baseStyle from '../../dist/base/base.css.txt'
import controlsStyle from '../../dist/base/controls.css.txt'
import icon from '../../dist/base/icon.svg.txt'
import chatStyle from '../../dist/chat/chat.css.txt'
import chatScript from '../../dist/chat/chat.js.txt'
import conversationStyle from '../../dist/chat/conversation.css.txt'
import chatPage from '../../dist/chat/index.html'
import meshStyle from '../../dist/chat/mesh/mesh.css.txt'
import filesStyle from '../../dist/share/files.css.txt'
import giversStyle from '../../dist/share/givers.css.txt'
import sharePage from '../../dist/share/index.html'
import shareScript from '../../dist/share/share.js.txt'
import shareStyle from '../../dist/share/style.css.txt'
import transferStyle from '../../dist/share/transfer.css.txt'
import statsPage from '../../dist/stats/index.html'
import statsStyle from '../../dist/stats/stats.css.txt'
import statsScript from '../../dist/stats/stats.js.txt'
import videoPage from '../../dist/video/index.html'
import videoStyle from '../../dist/video/video.css.txt'
import videoScript from '../../dist/video/video.js.txt'
import serviceWorker from '../../dist/video/edgeswarm-worker.js.txt'

// Nothing from anywhere else, and nothing inline.
const STRICT = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
]

// The share page runs a peer: it speaks to trackers and shows what it received, and nothing of it may run as code.
const SHARE_POLICY = [
  ...STRICT,
  "img-src 'self' blob: data:",
  'media-src blob:',
  'frame-src blob:',
  // A release names origins of its files, which lie wherever its publisher put them.
  "connect-src 'self' http: https: ws: wss: blob:",
  "worker-src 'self' blob:",
].join('; ')

// The chat's peer speaks to the tracker only, and shows strangers' words as text.
const CHAT_POLICY = [...STRICT, "img-src 'self' data:", "connect-src 'self' ws: wss:"].join('; ')

// A video comes from the swarm, and where that can't give it from the servers that its release names, wherever they are.
const VIDEO_POLICY = [
  ...STRICT,
  "img-src 'self' data:",
  'media-src http: https:',
  'connect-src http: https: ws: wss:',
  "worker-src 'self'",
].join('; ')

const STATS_POLICY = [...STRICT, "img-src 'self' data:", "connect-src 'self'"].join('; ')

interface Page {
  readonly text: string
  readonly type: string
  readonly policy?: string
}

/** What the tracker serves to a browser, by path: build outputs of examples. */
export const PAGES: Readonly<Record<string, Page>> = {
  '/': { text: sharePage, type: 'text/html', policy: SHARE_POLICY },
  '/base.css': { text: baseStyle, type: 'text/css' },
  '/chat': { text: chatPage, type: 'text/html', policy: CHAT_POLICY },
  '/chat.css': { text: chatStyle, type: 'text/css' },
  '/chat.js': { text: chatScript, type: 'text/javascript' },
  '/controls.css': { text: controlsStyle, type: 'text/css' },
  '/conversation.css': { text: conversationStyle, type: 'text/css' },
  '/files.css': { text: filesStyle, type: 'text/css' },
  '/edgeswarm-worker.js': { text: serviceWorker, type: 'text/javascript' },
  '/givers.css': { text: giversStyle, type: 'text/css' },
  '/icon.svg': { text: icon, type: 'image/svg+xml' },
  '/mesh.css': { text: meshStyle, type: 'text/css' },
  '/share.js': { text: shareScript, type: 'text/javascript' },
  '/stats': { text: statsPage, type: 'text/html', policy: STATS_POLICY },
  '/stats.css': { text: statsStyle, type: 'text/css' },
  '/stats.js': { text: statsScript, type: 'text/javascript' },
  '/style.css': { text: shareStyle, type: 'text/css' },
  '/transfer.css': { text: transferStyle, type: 'text/css' },
  '/video': { text: videoPage, type: 'text/html', policy: VIDEO_POLICY },
  '/video.css': { text: videoStyle, type: 'text/css' },
  '/video.js': { text: videoScript, type: 'text/javascript' },
}

export function pageResponse({ text, type, policy }: Page, request: Request): Response {
  const headers = new Headers({
    'content-type': `${type}; charset=utf-8`,
    'cache-control': 'no-cache',
    vary: 'accept-encoding',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  })
  if (policy) headers.set('content-security-policy', policy)
  // The runtime compresses a body whose headers say so.
  if (takesGzip(request.headers.get('accept-encoding') ?? '')) headers.set('content-encoding', 'gzip')
  return new Response(text, { headers })
}

function takesGzip(accepted: string): boolean {
  return accepted.split(',').some((coding) => {
    const [name, ...parameters] = coding.split(';').map((part) => part.trim().toLowerCase())
    // A weight of zero names what the client does not take.
    return name === 'gzip' && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))
  })
}
