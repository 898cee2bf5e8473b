// A peer that publishes all the time. It runs in Node and, its types stripped, on a page: so it imports types only.
import type { Mesh } from '../../../sdk/index.ts'

/** What a talker tells while it lives, in the order in which it happens. */
export type Notice =
  | { readonly type: 'ready'; readonly id: string }
  /** `at` is in milliseconds since 1970. */
  | { readonly type: 'join' | 'leave'; readonly id: string; readonly at: number }
  /** It was told to stop, and has heard the last message of everyone it is linked to. */
  | ({ readonly type: 'stopped' } & Report)

/** What a talker remembers. Peers are ids, 40 hex digits. */
export interface Report {
  /** For each message, by its number, the peers that were linked when it was published. */
  readonly published: readonly (readonly string[])[]
  /** The numbers of the messages of each author, in the order in which they came. */
  readonly heard: Readonly<Record<string, readonly number[]>>
  /** The codes of the errors with which `publish` rejected. */
  readonly failures: readonly string[]
}

interface Message {
  readonly number: number
  readonly isLast: boolean
}

/** Publishes a numbered message every `pace` milliseconds until it is told to stop. */
export function talk(mesh: Mesh, pace: number, tell: (notice: Notice) => void): { stop(): void } {
  const topic = mesh.topic<Message>('talk')
  const published: (readonly string[])[] = []
  const heard: Record<string, number[]> = {}
  const ended = new Set<string>()
  const failures: string[] = []
  let phase: 'publishing' | 'stopping' | 'silent' | 'over' = 'publishing'

  const tellIfOver = () => {
    if (phase !== 'silent' || [...mesh.peers.keys()].some((id) => !ended.has(id))) return
    phase = 'over'
    tell({ type: 'stopped', published, heard, failures })
  }
  const publish = async () => {
    const isLast = phase === 'stopping'
    const number = published.push([...mesh.peers.keys()]) - 1
    try {
      await topic.publish({ number, isLast })
    } catch (error) {
      failures.push((error as { code?: string }).code ?? String(error))
    }
    if (!isLast) {
      setTimeout(() => void publish(), pace)
      return
    }
    phase = 'silent'
    tellIfOver()
  }

  topic.subscribe(({ from, data: { number, isLast } }) => {
    const numbers = (heard[from] ??= [])
    numbers.push(number)
    if (!isLast) return
    ended.add(from)
    tellIfOver()
  })
  mesh.on('join', ({ id }) => {
    tell({ type: 'join', id, at: Date.now() })
  })
  mesh.on('leave', ({ id }) => {
    tell({ type: 'leave', id, at: Date.now() })
    tellIfOver()
  })
  tell({ type: 'ready', id: mesh.id })
  for (const id of mesh.peers.keys()) tell({ type: 'join', id, at: Date.now() })
  void publish()
  return {
    stop() {
      phase = 'stopping'
    },
  }
}
