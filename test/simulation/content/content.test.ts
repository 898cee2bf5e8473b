import { describe, expect, it } from 'vitest'
import { OFFLOAD, runOffload } from './offload.ts'
import { runStreaming } from './streaming.ts'
import { runSwarm, SWARM } from './swarm.ts'

const SEEDS = [1, 2, 3, 4, 5]

describe('one seed and 20 peers', () => {
  // The aim of the benchmark is 1.3; 1.13 is measured.
  it.each(SEEDS)('are done in 1.2 times the fluid bound, seed %i', (seed) => {
    const { last, waste, broken } = runSwarm(seed)
    expect(broken).toEqual([])
    expect(last).toBeLessThan(1.2)
    expect(waste).toBeLessThan(0.08)
  })

  it('bear pieces of 256 KiB and long ways', () => {
    expect(runSwarm(1, { ...SWARM, pieceLength: 262_144 }).last).toBeLessThan(1.6)
    expect(runSwarm(1, { ...SWARM, latency: 100 }).last).toBeLessThan(1.3)
  })
})

describe('20 peers that come one after the other to an origin', () => {
  it.each(SEEDS)('spare it nine tenths and are not slower than alone, seed %i', (seed) => {
    const { spared, p99, waste, broken } = runOffload(seed)
    expect(broken).toEqual([])
    expect(spared).toBeGreaterThanOrEqual(0.9)
    expect(p99).toBeLessThanOrEqual(1.05)
    expect(waste).toBeLessThan(0.02)
  })

  it('are not slower either when nobody can give anything', () => {
    const { spared, p99 } = runOffload(1, { ...OFFLOAD, peers: 5, up: 1000 })
    expect(spared).toBeLessThan(0.05)
    expect(p99).toBeLessThanOrEqual(1.05)
  })
})

describe('a video', () => {
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
