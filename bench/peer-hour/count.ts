/** What went between a tracker and its peers. */
export interface Count {
  /** What the tracker's own code had to handle: messages of peers, their upgrades, their HTTP requests. */
  handled: number
  /** Messages and HTTP responses to them. */
  sent: number
  /** Pings, which the platform answers without waking the object. */
  pings: number
}

export const newCount = (): Count => ({ handled: 0, sent: 0, pings: 0 })

const counts = new Map<string, Count>()

/** Counts what the SDK's peers in this process exchange with the tracker there from now on. */
export function countAt(host: string): Count {
  const count = newCount()
  counts.set(host, count)
  return count
}

const Platform = globalThis.WebSocket

class CountedWebSocket extends Platform {
  readonly #host: string

  constructor(url: string) {
    super(url)
    this.#host = new URL(url).host
    this.#add({ handled: 1 })
    this.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (data !== 'pong') this.#add({ sent: 1 })
    })
  }

  override send(text: string): void {
    this.#add(text === 'ping' ? { pings: 1 } : { handled: 1 })
    super.send(text)
  }

  #add({ handled = 0, sent = 0, pings = 0 }: Partial<Count>): void {
    const count = counts.get(this.#host)
    if (!count) return
    count.handled += handled
    count.sent += sent
    count.pings += pings
  }
}

/** Puts the counting in the place of what the SDK takes from the platform. */
export function installCounting(): void {
  globalThis.WebSocket = CountedWebSocket as typeof WebSocket
  const platformFetch = globalThis.fetch
  globalThis.fetch = async (input, init) => {
    const count = counts.get(new URL(input instanceof Request ? input.url : input).host)
    if (count) {
      count.handled++
      count.sent++
    }
    return platformFetch(input, init)
  }
}
