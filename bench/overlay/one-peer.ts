import { runInNewContext } from 'node:vm'
import { setFlagsFromString } from 'node:v8'
import { replay, type Tape } from '../../test/simulation/tape.ts'

/** What the overlay costs one peer. */
export interface OnePeer {
  readonly events: number
  /** Of CPU that the cores take for an event, collecting garbage too, in a process that has one peer only. */
  readonly microseconds: number
  /** Of heap that all takes that it keeps in the end. */
  readonly kilobytes: number
}

/** The compiler takes its time until the code is as fast as it gets. */
const WARM_UP = 10
const ROUNDS = 40
const COPIES = 10

/** Lets the life of a peer happen again, without the others and without the simulator. */
export function measureOne(tape: Tape): OnePeer {
  const collect = collector()
  const kilobytes = heapOf(tape, collect) / 1024
  for (let round = 0; round < WARM_UP; round++) replay(tape)
  // What the swarm has left is none of this peer's.
  collect()
  const before = process.cpuUsage()
  for (let round = 0; round < ROUNDS; round++) replay(tape)
  const { user, system } = process.cpuUsage(before)
  const events = tape.events.length
  return { events, microseconds: (user + system) / ROUNDS / events, kilobytes }
}

/** Bytes that a state takes: with messages of its own, as if they had come over links. */
function heapOf(tape: Tape, collect: () => void): number {
  collect()
  const before = heapUsed()
  const kept = Array.from({ length: COPIES }, () => replay(structuredClone(tape)))
  collect()
  return (heapUsed() - before) / kept.length
}

function heapUsed(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

function collector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
