// A peer of the bench. It runs in Node and, its types stripped, on a page: so it imports types only.
import type { Mesh } from '../../sdk/index.ts'

/** One message as one peer heard it; `at` is in milliseconds since 1970. */
export interface Heard {
  readonly number: number
  readonly via: string | null
  readonly at: number
}

/** What a peer tells in the end. */
export interface Account {
  readonly id: string
  /** The ids of those that it is linked to. */
  readonly linked: readonly string[]
  /** How many peers it believes to be in the swarm. */
  readonly count: number
  readonly heard: readonly Heard[]
}

/** Lets a peer listen, and publish when it is told to. */
export function listen(mesh: Mesh): { publish(number: number): Promise<void>; account(): Account } {
  const topic = mesh.topic<number>('truth')
  const heard: Heard[] = []
  topic.subscribe(({ data, via }) => {
    heard.push({ number: data, via, at: Date.now() })
  })
  return {
    publish: (number) => topic.publish(number),
    account: () => ({
      id: mesh.id,
      linked: [...mesh.peers.values()].flatMap(({ id, isLinked }) => (isLinked ? [id] : [])),
      count: mesh.presence.count,
      heard,
    }),
  }
}
