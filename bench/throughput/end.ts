import type { join as joinMesh } from '../../sdk/index.ts'
import { type BareConnection, downloadBare, serveBare } from './bare.ts'
import { downloadMesh, type Joined, joinPeer, serveMesh } from './mesh.ts'
import type { Commands } from './plan.ts'

/** One end of the connections, whatever runs it: a process or a page. */
export function makeEnd(openBare: () => BareConnection, join: typeof joinMesh): Commands {
  let bare: BareConnection | null = null
  let joined: Joined | null = null
  const open = () => (bare ??= openBare())
  return {
    offer: () => open().offer(),
    answer: (offer) => open().answer(offer),
    async accept(answer) {
      await open().accept(answer)
      return null
    },
    async opened() {
      for (const channel of await open().channels) serveBare(channel)
      return null
    },
    downloadBare: async (plan) => downloadBare(await open().channels, plan),
    async serve(tracker) {
      await serveMesh(join, tracker)
      return null
    },
    async join(tracker) {
      joined = await joinPeer(join, tracker)
      return null
    },
    async download(plan) {
      if (!joined) throw new Error('join comes first')
      return downloadMesh(joined, plan)
    },
  }
}
