/** How long a worker may take to start and to take the page into its care, in milliseconds. A guess: a phone needs seconds. */
const START_WITHIN = 10_000

/** A service worker that runs. */
export interface Registration {
  readonly worker: ServiceWorker
  /** What the addresses of the pages that it serves begin with. */
  readonly scope: string
}

/** This browser, or this page, can't; the message says why. */
export class NotInstalledError extends Error {
  override readonly name = 'NotInstalledError'
}

/** Why no service worker can serve this page; `null` if one can. */
export function missingHere(): string | null {
  if (typeof document === 'undefined') return 'This is no page: only pages have a service worker.'
  // Before the others, as browsers hide them from pages that are not secure.
  if (!globalThis.isSecureContext) return 'This page is not secure: service workers need https, or localhost.'
  const { serviceWorker, storage, locks } = navigator as Partial<Navigator>
  if (!serviceWorker) return 'This browser has no service workers, or none in a private window.'
  if (typeof RTCPeerConnection === 'undefined') return 'This browser has no WebRTC: no peer can be reached.'
  if (!locks || !storage) return 'This browser keeps no files for pages.'
  return null
}

/**
 * Registers the service worker and has it take this page into its care.
 *
 * @throws {NotInstalledError} if that can't be
 */
export async function registerWorker(script: string | URL, scope: string | URL | undefined): Promise<Registration> {
  const url = new URL(script, document.baseURI)
  const within = new URL(scope ?? './', scope === undefined ? url : document.baseURI)
  if (!location.href.startsWith(within.href)) {
    throw new NotInstalledError(`This page is not within ${within.href}, where the service worker works.`)
  }
  const other = otherScript(await navigator.serviceWorker.getRegistration(within.href), within, url)
  if (other !== null) {
    throw new NotInstalledError(`The service worker ${other} works here already: have it import ${url.href}.`)
  }
  try {
    const registration = await navigator.serviceWorker.register(url, { scope: within.href })
    return { worker: await activeOf(registration), scope: registration.scope }
  } catch (cause) {
    throw new NotInstalledError(`The service worker ${url.href} can't be registered: ${(cause as Error).message}`, {
      cause,
    })
  }
}

/**
 * Tells the worker of this page's addresses; settles once it knows them and serves this page.
 *
 * @throws {NotInstalledError} if it does not answer
 */
export async function tellWorker(worker: ServiceWorker, message: unknown): Promise<void> {
  const { port1, port2 } = new MessageChannel()
  const known = new Promise<void>((resolve) => {
    port1.onmessage = () => {
      resolve()
    }
  })
  const inCare = new Promise<void>((resolve) => {
    const look = () => {
      if (navigator.serviceWorker.controller) resolve()
      else navigator.serviceWorker.addEventListener('controllerchange', look, { once: true })
    }
    look()
  })
  worker.postMessage(message, [port2])
  try {
    await inTime(Promise.all([known, inCare]), 'It does not answer.')
  } catch (cause) {
    throw new NotInstalledError(`The service worker ${worker.scriptURL} does not work.`, { cause })
  } finally {
    port1.close()
  }
}

/** The script of an app's own worker at this very scope: registering ours would put it out. */
function otherScript(registration: ServiceWorkerRegistration | undefined, scope: URL, script: URL): string | null {
  if (registration?.scope !== scope.href) return null
  const worker = registration.active ?? registration.waiting ?? registration.installing
  return worker && worker.scriptURL !== script.href ? worker.scriptURL : null
}

async function activeOf(registration: ServiceWorkerRegistration): Promise<ServiceWorker> {
  const { active, installing, waiting } = registration
  const worker = active ?? waiting ?? installing
  if (!worker) throw new Error('It has gone again.')
  const activated = new Promise<void>((resolve, reject) => {
    const look = () => {
      if (worker.state === 'activated') resolve()
      if (worker.state === 'redundant') reject(new Error('It failed to start.'))
    }
    worker.addEventListener('statechange', look)
    look()
  })
  await inTime(activated, 'It does not start.')
  return worker
}

async function inTime<Value>(work: Promise<Value>, problem: string): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(problem))
    }, START_WITHIN)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
