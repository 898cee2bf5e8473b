import P2PT from 'p2pt'
import type { Join } from '../contender.ts'

export const join: Join = async ({ host, swarm }, linked) => {
  const p2pt = new P2PT([`ws://${host}/announce`], swarm)
  p2pt.on('peerconnect', ({ id }) => {
    linked(id)
  })
  await p2pt.start()
}
