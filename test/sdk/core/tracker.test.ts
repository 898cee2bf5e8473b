import { describe, expect, it } from 'vitest'
import { handle, newTrackerState, type TrackerEvent } from '../../../sdk/core/tracker.ts'
import { OTHER_SWARM, seededRandom, SWARM } from '../../support/core.ts'

function tracker() {
  const state = newTrackerState()
  const random = seededRandom(1)
  let now = 1_000_000
  const tell = (event: TrackerEvent) => handle(state, event, now, random)
  const wait = (milliseconds: number) => {
    now += milliseconds
    return tell({ type: 'tick' })
  }
  return {
    state,
    tell,
    wait,
    /** Until something is to be done, in steps of a quarter of a second; how long that took. */
    until: () => {
      for (let waited = 250; waited <= 3_600_000; waited += 250) {
        const effects = wait(250)
        if (effects.length > 0) return { waited, effects }
      }
      return { waited: Infinity, effects: [] }
    },
    open: () => {
      tell({ type: 'enter', infoHash: SWARM })
      return tell({ type: 'opened' })
    },
    announced: (isRendezvous: boolean, interval = 120) =>
      tell({ type: 'announced', infoHash: SWARM, interval, isRendezvous }),
  }
}

const announce = (fields: object = {}) => ({
  type: 'announce',
  infoHash: SWARM,
  event: 'started',
  isStock: false,
  ...fields,
})

describe('a tracker that knows rendezvous', () => {
  it('is asked once; then R6: pings keep the peer known', () => {
    const { open, announced, until } = tracker()
    expect(open()).toEqual([announce()])
    expect(announced(true)).toEqual([])
    expect(until()).toEqual({ waited: 90_000, effects: [{ type: 'ping' }] })
  })

  it('is asked again when somebody is looked for', () => {
    const { open, announced, tell } = tracker()
    open()
    announced(true)
    expect(tell({ type: 'ask', infoHash: SWARM })).toEqual([announce({ event: 'none' })])
  })

  it('that answers no ping is left', () => {
    const { open, announced, until, tell, wait } = tracker()
    open()
    announced(true)
    until()
    expect(wait(15_250)).toEqual([{ type: 'disconnect' }])
    tell({ type: 'closed' })
    expect(until().effects).toEqual([{ type: 'connect' }])
  })

  it('that answers pings stays', () => {
    const { open, announced, until, tell } = tracker()
    open()
    announced(true)
    for (let pings = 0; pings < 10; pings++) {
      expect(until().effects).toEqual([{ type: 'ping' }])
      tell({ type: 'heard' })
    }
  })
})

describe('a stock tracker', () => {
  it('is asked with offers as soon as it is known for one, and then at its interval', () => {
    const { open, announced, until } = tracker()
    open()
    expect(announced(false, 100)).toEqual([announce({ event: 'none', isStock: true })])
    expect(announced(false, 100)).toEqual([])
    expect(until()).toEqual({ waited: 100_000, effects: [announce({ event: 'none', isStock: true })] })
  })

  it('gets no pings', () => {
    const { open, announced, wait, tell } = tracker()
    open()
    announced(false, 86_400)
    announced(false, 86_400)
    expect(wait(200_000)).toEqual([])
    expect(tell({ type: 'online' })).toEqual([])
  })

  it('is known for one after a reconnection', () => {
    const { open, announced, tell } = tracker()
    open()
    announced(false)
    tell({ type: 'closed' })
    tell({ type: 'online' })
    expect(tell({ type: 'opened' })).toEqual([announce({ isStock: true })])
  })
})

describe('a connection that is lost', () => {
  it('is tried again after longer and longer, never much more than a minute', () => {
    const { tell, until } = tracker()
    tell({ type: 'enter', infoHash: SWARM })
    let longest = 0
    for (let failures = 0; failures < 12; failures++) {
      tell({ type: 'closed' })
      const { waited, effects } = until()
      expect(effects).toEqual([{ type: 'connect' }])
      longest = Math.max(longest, waited)
      if (failures === 0) expect(waited).toBeLessThanOrEqual(2000)
    }
    expect(longest).toBeGreaterThan(30_000)
    expect(longest).toBeLessThanOrEqual(60_000)
  })

  it('comes back at once when the network does', () => {
    const { tell } = tracker()
    tell({ type: 'enter', infoHash: SWARM })
    for (let failures = 0; failures < 8; failures++) tell({ type: 'closed' })
    expect(tell({ type: 'online' })).toEqual([{ type: 'connect' }])
  })

  it('is given up if it does not open', () => {
    const { tell, wait } = tracker()
    expect(tell({ type: 'enter', infoHash: SWARM })).toEqual([{ type: 'connect' }])
    expect(wait(15_250)).toEqual([{ type: 'disconnect' }])
  })

  it('is not tried again when no swarm is left', () => {
    const { tell, until } = tracker()
    tell({ type: 'enter', infoHash: SWARM })
    tell({ type: 'closed' })
    tell({ type: 'leave', infoHash: SWARM })
    expect(until().effects).toEqual([])
  })
})

describe('swarms', () => {
  it('share the connection, which goes with the last', () => {
    const { open, tell } = tracker()
    open()
    expect(tell({ type: 'enter', infoHash: OTHER_SWARM })).toEqual([announce({ infoHash: OTHER_SWARM })])
    expect(tell({ type: 'leave', infoHash: OTHER_SWARM })).toEqual([{ type: 'stop', infoHash: OTHER_SWARM }])
    expect(tell({ type: 'leave', infoHash: SWARM })).toEqual([
      { type: 'stop', infoHash: SWARM },
      { type: 'disconnect' },
    ])
  })

  it('that were refused are announced again, no sooner than the tracker asks', () => {
    const { open, tell, until } = tracker()
    open()
    tell({ type: 'failed', infoHash: SWARM, retryIn: 300 })
    expect(until()).toEqual({ waited: 300_000, effects: [announce()] })
  })

  it('are announced anew on a new connection', () => {
    const { open, announced, tell, until } = tracker()
    open()
    announced(true)
    tell({ type: 'closed' })
    until()
    expect(tell({ type: 'opened' })).toEqual([announce()])
  })
})
