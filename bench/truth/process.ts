// Some peers in a process of their own. It is told by messages what to do, and answers each of them.
import { createIdentity, join, type Mesh } from '../../sdk/index.ts'
import { listen } from './talk.ts'

/** `join` one more peer; let the one of this index `publish`; tell the `accounts` of all; or `leave`. */
export type Order =
  | { readonly type: 'join'; readonly tracker: string; readonly swarm: string }
  | { readonly type: 'publish'; readonly index: number; readonly number: number }
  | { readonly type: 'accounts' | 'leave' }

const meshes: Mesh[] = []
const peers: ReturnType<typeof listen>[] = []

async function carryOut(order: Order): Promise<unknown> {
  switch (order.type) {
    case 'join': {
      const { tracker, swarm } = order
      const mesh = await join(swarm, { tracker, identity: await createIdentity(), iceServers: [] })
      meshes.push(mesh)
      peers.push(listen(mesh))
      return null
    }
    case 'publish':
      await peers[order.index]?.publish(order.number)
      return null
    case 'accounts':
      return peers.map((peer) => peer.account())
    case 'leave':
      await Promise.all(meshes.map((mesh) => mesh.leave()))
      return null
  }
}

process.on('message', (order: Order) => {
  void carryOut(order).then((answer) => process.send?.(answer))
})
