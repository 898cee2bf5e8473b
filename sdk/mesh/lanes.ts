import { HIGH, type Priority } from '../../protocol/mesh/frame.ts'
import type { Member } from '../shell/swarm.ts'

/** Requests between two peers that may run at once, each way. A guess: browsers allow HTTP/2 about as many. */
const AT_ONCE = 32
/** Of these so many are kept free for urgent ones. */
const FOR_HIGH = 8

/** Lets so many requests run at once, and of those that wait the most urgent first. */
export class Lanes {
  #running = 0
  readonly #waiting: [(() => void)[], (() => void)[], (() => void)[]] = [[], [], []]

  /** Settles once a request may run; what it gives must be called when the request is over. */
  async enter(priority: Priority, signal?: AbortSignal): Promise<() => void> {
    if (!this.#hasRoom(priority)) await this.#wait(priority, signal)
    this.#running++
    let left = false
    return () => {
      if (left) return
      left = true
      this.#running--
      this.#admit()
    }
  }

  #hasRoom(priority: Priority): boolean {
    return this.#running < (priority === HIGH ? AT_ONCE : AT_ONCE - FOR_HIGH)
  }

  #wait(priority: Priority, signal: AbortSignal | undefined): Promise<void> {
    const line = this.#waiting[priority]
    return new Promise((resolve, reject) => {
      const go = () => {
        signal?.removeEventListener('abort', giveUp)
        resolve()
      }
      const giveUp = () => {
        line.splice(line.indexOf(go), 1)
        reject(signal?.reason as Error)
      }
      line.push(go)
      signal?.addEventListener('abort', giveUp, { once: true })
    })
  }

  #admit(): void {
    for (const [priority, line] of this.#waiting.entries()) {
      if (line.length > 0 && this.#hasRoom(priority as Priority)) {
        line.shift()?.()
        return
      }
    }
  }
}

/** The lanes to each peer. */
export class LanesByPeer {
  readonly #lanes = new WeakMap<Member, Lanes>()

  of(member: Member): Lanes {
    const lanes = this.#lanes.get(member) ?? new Lanes()
    this.#lanes.set(member, lanes)
    return lanes
  }
}
