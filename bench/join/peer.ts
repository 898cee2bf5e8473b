// One peer of one swarm, in a process of its own: `node bench/join/peer.ts <contender> [gathering]`. Says that it is
// ready once all is loaded, joins when it is told to, and tells the milliseconds from then to each of its links.
import type { Go, Join } from './contender.ts'

/** What a peer tells. */
export type Said =
  | { readonly type: 'ready' }
  /** `after` is in milliseconds. */
  | { readonly type: 'linked'; readonly after: number }

const [, , contender = '', gathering] = process.argv

const say = (said: Said): void => {
  process.send?.(said)
}

if (gathering !== undefined) await import('./contenders/gathering.ts')
const { join } = (await import(`./contenders/${contender}.ts`)) as { join: Join }

// Node loads these at their first use; who does not use them has lost nothing.
for (const name of ['WebSocket', 'fetch', 'crypto'] as const) Reflect.get(globalThis, name)

process.once('message', (go: Go) => {
  const start = performance.now()
  const known = new Set<string>()
  void join(go, (id) => {
    if (known.has(id)) return
    known.add(id)
    say({ type: 'linked', after: performance.now() - start })
  })
})
say({ type: 'ready' })
