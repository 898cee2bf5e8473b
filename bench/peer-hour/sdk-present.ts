import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { InfoHash, PeerId } from '../../protocol/ids.ts'
import { Tracker, type TrackerListener } from '../../sdk/shell/tracker.ts'

/** How often the SDK tells its parts that time has passed: more often, which here would only cost. In milliseconds. */
const TICK = 1000
const AT_ONCE = 20

const randomId = (): string => randomBytes(20).toString('latin1')

/**
 * Peers that are present and need nobody: the SDK's own connection to the tracker, which announces once and pings. Links
 * to each other they do not make, for a process has no room for them all; what they would send for those is counted
 * where real peers join.
 */
export class PresentPeers implements Disposable {
  readonly #trackers: Tracker[] = []
  readonly #ticker: NodeJS.Timeout

  constructor() {
    this.#ticker = setInterval(() => {
      for (const tracker of this.#trackers) tracker.tick()
    }, TICK)
  }

  /** Settles when all have been answered. */
  async enter(host: string, peers: number, swarm: number): Promise<void> {
    let infoHash = ''
    for (let first = 0; first < peers; first += AT_ONCE) {
      const entered: Promise<void>[] = []
      for (let index = first; index < Math.min(first + AT_ONCE, peers); index++) {
        if (index % swarm === 0) infoHash = randomId()
        entered.push(this.#enterOne(host, infoHash as InfoHash))
      }
      await Promise.all(entered)
      await wait(0)
    }
  }

  #enterOne(host: string, infoHash: InfoHash): Promise<void> {
    const hex = Buffer.from(infoHash, 'latin1').toString('hex')
    const tracker = new Tracker(`ws://${host}/announce/${hex}`, randomId() as PeerId, randomId())
    this.#trackers.push(tracker)
    return new Promise((resolve, reject) => {
      const listener: TrackerListener = {
        announced: () => {
          resolve()
        },
        failed: (reason) => {
          reject(new Error(`The tracker refused a peer: ${reason}`))
        },
        signal: () => undefined,
        refused: () => undefined,
        offers: () => Promise.resolve([]),
      }
      tracker.enter(infoHash, listener)
    })
  }

  [Symbol.dispose](): void {
    clearInterval(this.#ticker)
  }
}
