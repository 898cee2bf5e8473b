import { ContentError, subscribe, type Subscription } from 'edgeswarm/content'
import { isLoopback } from './link.ts'

/** What this page keeps of channels lies in folders of the browser whose names begin so. */
const prefix = 'shared-'
/** A channel that was not opened for so long is forgotten, in milliseconds: its files are saved or not wanted. A guess. */
const keptFor = 7 * 24 * 3_600_000
/** How often a window says that a channel is still open, in milliseconds. */
const sayEvery = 3_600_000
/** Windows of one browser that may have the same link open, each with its own copy. A guess. */
const mostWindows = 4

/** Whether this browser has a place where a release can be kept while it comes. */
export async function keepsFiles(): Promise<boolean> {
  try {
    await navigator.storage.getDirectory()
    return 'createWritable' in FileSystemFileHandle.prototype && 'locks' in navigator
  } catch {
    return false
  }
}

/** Follows a channel in a place that no other window uses, until `signal` ends it. */
export async function follow(address: string, signal: AbortSignal): Promise<Subscription> {
  await forgetOld()
  const [publisher, channel] = address.split('/').slice(-2)
  for (let window = 1; ; window += 1) {
    const dir = `${prefix}${publisher ?? ''}-${channel ?? ''}${window > 1 ? `-${String(window)}` : ''}`
    try {
      const iceServers = isLoopback(location.hostname) ? { iceServers: [] } : {}
      const subscription = await subscribe(address, { dir, stock: true, ...iceServers })
      keepInMind(dir, signal)
      return subscription
    } catch (problem) {
      const isTaken = problem instanceof ContentError && problem.code === 'ERR_PLACE'
      if (!isTaken || window === mostWindows) throw problem
    }
  }
}

/** Has other windows, and later ones, know that this place is in use. */
function keepInMind(dir: string, signal: AbortSignal): void {
  const say = () => {
    localStorage.setItem(dir, String(Date.now()))
  }
  say()
  const timer = setInterval(say, sayEvery)
  signal.addEventListener('abort', () => {
    clearInterval(timer)
  })
}

/** Removes what was not open for long. */
async function forgetOld(): Promise<void> {
  const root = await navigator.storage.getDirectory()
  for (const name of Object.keys(localStorage)) {
    const openedAt = Number(localStorage.getItem(name))
    if (!name.startsWith(prefix) || Date.now() - openedAt < keptFor) continue
    localStorage.removeItem(name)
    await root.removeEntry(name, { recursive: true }).catch(() => undefined)
  }
}
