import { expect, it } from 'vitest'
import { Agenda } from './agenda.ts'
import { join } from './grow.ts'
import { entriesOf } from './memory.ts'
import { farthest, partsOf } from './paths.ts'
import { Pool } from './pool.ts'
import { SimulatedSwarm } from './swarm.ts'
import { replay, TapedPeer } from './tape.ts'
import { seededRandom } from '../support/core.ts'

/** A peer of a graph that is written down. */
class Place {
  readonly #ways: (readonly [Place, number])[] = []

  to(place: Place, latency: number): this {
    this.#ways.push([place, latency])
    place.#ways.push([this, latency])
    return this
  }

  ways(): Iterable<readonly [Place, number]> {
    return this.#ways
  }
}

it('the farthest peer is as far as the fastest way to it', () => {
  const [one, two, three, four] = [new Place(), new Place(), new Place(), new Place()]
  one.to(two, 10).to(three, 50)
  two.to(three, 20).to(four, 70)
  three.to(four, 30)
  expect(farthest(one)).toEqual({ time: 60, reached: 4 })
})

it('peers without a way to each other are in different parts', () => {
  const [one, two, three, alone] = [new Place(), new Place(), new Place(), new Place()]
  one.to(two, 1)
  two.to(three, 1)
  expect(partsOf([one, two, three, alone])).toEqual({ parts: 2, largest: 3 })
})

it('things happen in the order of time, and those of one moment in the order in which they were set', () => {
  const agenda = new Agenda()
  const happened: string[] = []
  agenda.at(7.2, () => happened.push(`late at ${agenda.now}`))
  agenda.at(3, () => {
    happened.push('first')
    agenda.after(0, () => happened.push('third'))
  })
  agenda.at(3, () => happened.push('second'))
  agenda.runUntil(20)
  expect(happened).toEqual(['first', 'second', 'third', 'late at 8'])
})

it('a pool gives different items, and none that has been taken out', () => {
  const pool = new Pool<number>()
  for (let item = 0; item < 10; item++) pool.add(item)
  pool.delete(3)
  pool.delete(9)
  const some = pool.some(100, 5, seededRandom(1))
  expect(some.toSorted()).toEqual([0, 1, 2, 4, 6, 7, 8])
})

it('what happened to one peer happens again without the others', () => {
  const swarm = new SimulatedSwarm(1)
  join(swarm, 20)
  const peer = new TapedPeer(swarm)
  swarm.join(() => peer)
  join(swarm, 20)
  swarm.run(10_000)
  const again = replay(peer.tape)
  expect([...again.membership.active]).toEqual([...peer.neighbours])
  expect(entriesOf(again)).toBe(entriesOf(peer.state))
  expect(entriesOf(again)).toBeGreaterThan(40)
})
