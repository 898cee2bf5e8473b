import { setTimeout as wait } from 'node:timers/promises'

/** Who takes longer than this mostly waits, and the next may begin meanwhile. In milliseconds. */
const BUSY_PER_PEER = 700
const IN_FLIGHT = 8

/** Runs tasks one after the other, but lets those that only wait overlap: some give up after half a minute. */
export async function staggered(tasks: readonly { readonly peers: number; run(): Promise<void> }[]): Promise<void> {
  const running = new Set<Promise<void>>()
  for (const task of tasks) {
    if (running.size >= IN_FLIGHT) await Promise.race(running)
    const run = task.run().finally(() => running.delete(run))
    running.add(run)
    const timer = new AbortController()
    await Promise.race([run, wait(1000 + BUSY_PER_PEER * task.peers, undefined, { signal: timer.signal })])
    timer.abort()
  }
  await Promise.all(running)
}
