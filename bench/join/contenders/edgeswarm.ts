// What the SDK loads at the first join is loaded before the clock starts, as the others load theirs.
import 'node-datachannel'
import { join as joinMesh } from '../../../sdk/index.ts'
import type { Join } from '../contender.ts'

export const join: Join = async ({ host, swarm }, linked) => {
  const mesh = await joinMesh(swarm, { tracker: `http://${host}`, iceServers: [] })
  for (const id of mesh.peers.keys()) linked(id)
  mesh.on('join', ({ id }) => {
    linked(id)
  })
}
