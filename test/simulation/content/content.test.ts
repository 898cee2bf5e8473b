import { beforeAll, describe, expect, it } from 'vitest'
import { OFFLOAD, type OffloadResult, runOffload } from './offload.ts'
import { runStreaming } from './streaming.ts'
import { runSwarm, SWARM } from './swarm.ts'

const SEEDS = [1, 2, 3, 4, 5]
/** Of one test, on a machine that has more to do (ms). */
const PATIENCE = 120_000

describe('one seed and 20 peers', { timeout: PATIENCE }, () => {
  // The aim of the benchmark is 1.3; 1.09 is measured.
  it.each(SEEDS.slice(0, 3))('are done in 1.2 times the fluid bound, seed %i', (seed) => {
    const { last, waste, broken } = runSwarm(seed)
    expect(broken).toEqual([])
    expect(last).toBeLessThan(1.2)
    expect(waste).toBeLessThan(0.1)
  })

  it('bear pieces of 256 KiB and long ways', () => {
    expect(runSwarm(1, { ...SWARM, pieceLength: 262_144 }).last).toBeLessThan(1.6)
    expect(runSwarm(1, { ...SWARM, latency: 100 }).last).toBeLessThan(1.3)
  })
})

describe('20 peers that come one after the other to an origin', { timeout: PATIENCE }, () => {
  let results: OffloadResult[] = []
  beforeAll(() => {
    results = SEEDS.map((seed) => runOffload(seed))
  }, PATIENCE)

  it('spare it nine tenths', () => {
    expect(results.flatMap(({ broken }) => broken)).toEqual([])
    const spared = results.map((result) => result.spared)
    expect(spared.reduce((sum, part) => sum + part, 0) / spared.length).toBeGreaterThan(0.9)
    expect(Math.min(...spared)).toBeGreaterThan(0.89)
  })

  it('are not slower than alone, and get next to nothing twice', () => {
    expect(Math.max(...results.map(({ p99 }) => p99))).toBeLessThanOrEqual(1.05)
    expect(Math.max(...results.map(({ waste }) => waste))).toBeLessThan(0.01)
  })

  it('are hardly slower when nobody can give anything', () => {
    const { spared, p99 } = runOffload(1, { ...OFFLOAD, peers: 5, up: 1000 })
    expect(spared).toBeLessThan(0.05)
    expect(p99).toBeLessThanOrEqual(1.08)
  })
})

describe('a video', { timeout: PATIENCE }, () => {
  it('begins and seeks at once from the origin alone', () => {
    const { start, seek, late, broken } = runStreaming(1, 0, 1_000_000)
    expect(broken).toEqual([])
    expect(start).toBeLessThan(400)
    expect(seek).toBeLessThan(400)
    expect(late).toBe(0)
  })

  it('comes from peers that are fast enough', () => {
    const { fromPeers, seek, late, broken } = runStreaming(1, 3, 1_000_000)
    expect(broken).toEqual([])
    expect(fromPeers).toBeGreaterThan(0.95)
    expect(seek).toBeLessThan(600)
    expect(late).toBe(0)
  })

  it('comes in time with peers that are too slow, which give what they can', () => {
    const { fromPeers, late } = runStreaming(1, 3, 100_000)
    expect(late).toBe(0)
    expect(fromPeers).toBeGreaterThan(0.3)
  })
})
