import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Go } from './contender.ts'
import type { Said } from './peer.ts'
import { CountingProxy, type Traffic } from './proxy.ts'

/** How one swarm came together. */
export interface Outcome {
  /** For each join that was measured, milliseconds from the call to each of its links, the first of them first. */
  readonly joins: readonly (readonly number[])[]
  /** Links that were opened in all of the swarm. */
  readonly links: number
  /** Until all links were open, or it was given up. */
  readonly traffic: Traffic
}

export interface Plan {
  /** The contender's file in contenders/. */
  readonly file: string
  /** Peers are told when ICE gathering has ended, where their WebRTC for Node does not. */
  readonly isGatheringTold: boolean
  readonly peers: number
  /** All join at the same moment; otherwise the last one joins, once the others are there. */
  readonly isAtOnce: boolean
}

/** A join that has come to nothing by then is given up. In milliseconds. */
export const PATIENCE = 30_000
/** Who is there already has been for so long, since the tracker answered. In milliseconds. */
const SETTLED = 500

let lastSwarm = 0

/** Lets the peers of a swarm find each other, each in a process of its own, all loaded before the clock starts. */
export async function runSwarm(tracker: string, plan: Plan): Promise<Outcome> {
  await using proxy = await CountingProxy.start(tracker)
  const peers = await Promise.all(Array.from({ length: plan.peers }, () => PeerProcess.start(plan)))
  try {
    const go: Go = { host: proxy.host, swarm: `bench-${process.pid}-${++lastSwarm}` }
    const wanted = plan.peers - 1
    const measured = plan.isAtOnce ? peers : peers.slice(-1)
    for (const peer of peers) if (!measured.includes(peer)) peer.send(go)
    if (!plan.isAtOnce) {
      await proxy.replied
      await wait(SETTLED)
    }
    for (const peer of measured) peer.send(go)
    const gaveUp = new AbortController()
    await Promise.race([
      Promise.all(peers.map((peer) => peer.linkedTo(wanted))),
      wait(PATIENCE, undefined, { signal: gaveUp.signal }),
    ])
    gaveUp.abort()
    // Each link has two ends.
    const links = peers.reduce((sum, peer) => sum + peer.links.length, 0) / 2
    return { joins: measured.map((peer) => [...peer.links]), links, traffic: proxy.traffic }
  } finally {
    await Promise.all(peers.map((peer) => peer.end()))
  }
}

class PeerProcess {
  readonly #child: ChildProcess
  readonly links: number[] = []

  private constructor(child: ChildProcess) {
    this.#child = child
    child.on('message', (said: Said) => {
      if (said.type === 'linked') this.links.push(said.after)
    })
  }

  static async start({ file, isGatheringTold }: Plan): Promise<PeerProcess> {
    const parameters = isGatheringTold ? [file, 'gathering'] : [file]
    // Its warnings would tear the table apart.
    const child = fork(join(import.meta.dirname, 'peer.ts'), parameters, {
      stdio: ['ignore', 'ignore', process.env['BENCH_DEBUG'] === undefined ? 'ignore' : 'inherit', 'ipc'],
    })
    const peer = new PeerProcess(child)
    const [said] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [Said | number | null]
    if (said === null || typeof said === 'number') {
      throw new Error(`A peer of ${file} ended; BENCH_DEBUG=1 shows why.`)
    }
    return peer
  }

  send(go: Go): void {
    this.#child.send(go)
  }

  async linkedTo(count: number): Promise<void> {
    while (this.links.length < count) await once(this.#child, 'message')
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exit = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exit
  }
}
