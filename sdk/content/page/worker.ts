// The service worker: gets the files of releases from a page that follows them, and leaves everything else alone.
import { PAST_WORKER } from '../exchange/past-worker.ts'
import { askPage } from './asking.ts'
import { Followers } from './followers.ts'
import { isAddressesMessage, type TellMessage } from './messages.ts'
import { recall, remember } from './memory.ts'
import type { FetchEvent, PageMessageEvent, WorkerScope } from './worker-scope.ts'

const scope = globalThis as unknown as WorkerScope
const followers = new Followers()
let isAwake = false
const waking = wake()

/** The browser ends a worker that has nothing to do, and with it what pages have told. */
async function wake(): Promise<void> {
  followers.remember(await recall(scope))
  isAwake = true
  const message: TellMessage = { edgeswarm: 'tell' }
  for (const page of await scope.clients.matchAll({ type: 'window' })) page.postMessage(message)
}

scope.addEventListener('install', (event) => {
  event.waitUntil(scope.skipWaiting())
})

scope.addEventListener('activate', (event) => {
  event.waitUntil(scope.clients.claim())
})

scope.addEventListener('message', (event) => {
  if (isAddressesMessage(event.data)) event.waitUntil(hear(event, event.data.bases))
})

scope.addEventListener('fetch', (event) => {
  const { request } = event
  if (!isAskable(request)) return
  if (!isAwake) event.respondWith(waking.then(() => (followers.covers(request.url) ? answer(event) : fetch(request))))
  else if (followers.covers(request.url)) event.respondWith(answer(event))
})

async function hear({ source, ports }: PageMessageEvent, bases: readonly string[]): Promise<void> {
  await waking
  if (source) followers.tell(source.id, bases)
  // A page that was open before the worker, or reloaded past it, is not in its care yet.
  await scope.clients.claim()
  ports[0]?.postMessage(true)
  const pages = await scope.clients.matchAll({ type: 'window', includeUncontrolled: true })
  await remember(scope, followers.keep(pages.map(({ id }) => id)))
}

/** Whether it may be for a file. A page that is opened is no file, and what a page fetches for its swarm is not asked of it. */
function isAskable({ method, mode, cache, url }: Request): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false
  return mode !== 'navigate' && cache !== 'only-if-cached' && !url.endsWith(PAST_WORKER)
}

async function answer({ request, clientId }: FetchEvent): Promise<Response> {
  for (const id of await followers.find(request.url, clientId, Date.now())) {
    const page = await scope.clients.get(id)
    const response = page && (await askPage(page, request, scope.clients))
    if (response) return response
  }
  return fetch(request)
}
