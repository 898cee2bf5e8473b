import { Hono } from 'hono'
import { cors } from 'hono/cors'
import { infoHashFromHex } from '../protocol/ids.ts'
import { getFeed, getHistory, getRelease, putFeed, search } from './routes/catalog.ts'
import { collectStats, prometheusText } from './routes/figures.ts'
import { announce, scrape } from './routes/http.ts'
import { tellIceServers } from './routes/ice.ts'
import { getMetadata, putMetadata } from './routes/metadata.ts'
import { getContent } from './routes/origin.ts'
import { PAGES, pageResponse } from './routes/pages.ts'
import { takeReport } from './routes/report.ts'
import { putContent } from './routes/upload.ts'
import { isUpgrade, openWebSocket } from './routes/websocket.ts'
import type { Environment } from './shell/environment.ts'

export { Catalog } from './shell/catalog/catalog.ts'
export { Hub } from './shell/hub.ts'

const app = new Hono<{ Bindings: Environment }>()

// No middleware here: it would add headers to the 101 of a WebSocket, and the runtime refuses that.
app.get('/announce/:infoHash', ({ req, env, text }) => {
  const infoHash = infoHashFromHex(req.param('infoHash'))
  if (!infoHash) return text('The info hash in the URL must be 40 hex digits.\n', 400)
  return isUpgrade(req.raw) ? openWebSocket(req.raw, env, infoHash) : announce(req.raw, env, infoHash)
})
app.get('/announce', ({ req, env }) =>
  isUpgrade(req.raw) ? openWebSocket(req.raw, env, null) : announce(req.raw, env, null),
)
app.get('/scrape', ({ req, env }) => scrape(req.raw, env))

for (const path of ['/stats.json', '/metrics', '/health']) app.use(path, cors())
// A page may read how long to wait.
app.use('/ice', cors({ origin: '*', exposeHeaders: ['retry-after'] }))
app.get('/ice', ({ req, env }) => tellIceServers(req.raw, env))

app.get('/stats.json', async ({ env, json }) => json(await collectStats(env)))
app.get('/metrics', async ({ env, text }) => text(prometheusText(await collectStats(env))))
app.get('/health', ({ text }) => text('ok\n'))

// Pages of any origin read, and publish what is signed.
const CONTENT_CORS = cors({
  origin: '*',
  allowMethods: ['GET', 'HEAD', 'PUT', 'POST'],
  exposeHeaders: ['etag', 'retry-after', 'accept-ranges', 'content-range', 'content-length'],
  maxAge: 86_400,
})
for (const path of ['/releases/*', '/metadata/*', '/reports', '/content/*']) app.use(path, CONTENT_CORS)

app.get('/releases', ({ req, env }) => search(req.raw, env))
app.get('/releases/:publisher/:channel', ({ req, env }) => getFeed(req.raw, env, req.param()))
app.put('/releases/:publisher/:channel', ({ req, env }) => putFeed(req.raw, env, req.param()))
app.get('/releases/:publisher/:channel/history', ({ req, env }) => getHistory(req.raw, env, req.param()))
app.get('/releases/:publisher/:channel/:number', ({ req, env }) =>
  getRelease(req.raw, env, req.param(), req.param('number')),
)
app.get('/metadata/:sha256', ({ req, env }) => getMetadata(req.raw, env, req.param('sha256')))
app.put('/metadata/:sha256', ({ req, env }) => putMetadata(req.raw, env, req.param('sha256')))
app.post('/reports', ({ req, env }) => takeReport(req.raw, env))
app.get('/content/*', ({ req, env }) => getContent(req.raw, env))
app.put('/content/*', ({ req, env }) => putContent(req.raw, env))

for (const [path, page] of Object.entries(PAGES)) {
  // Many a magnet link names a tracker without a path.
  app.get(path, ({ req, env }) =>
    path === '/' && isUpgrade(req.raw) ? openWebSocket(req.raw, env, null) : pageResponse(page, req.raw),
  )
}

app.notFound(({ text }) =>
  text(
    'Nothing here. This is a tracker: /announce, /scrape, /ice, /releases, /stats, /stats.json, /metrics, /health.\n',
    404,
  ),
)
app.onError((error, { text }) => {
  console.error(error)
  return text('The tracker failed to answer. Try again in a moment.\n', 500)
})

export default app
