import { createIdentity, join, type Mesh } from '../../sdk/index.ts'
import { cpuSeconds } from '../tracker/servers.ts'
import { type Count, countAt } from './count.ts'
import type { Server } from './servers.ts'

/** What it costs that one peer leaves and another comes. */
export interface JoinCost {
  readonly count: Count
  readonly cpu: number
}

/** Real peers join a swarm that is there, link to all of it, and leave; the mean of many. */
export async function measureJoins(server: Server, swarm: number, joins: number): Promise<JoinCost> {
  const name = `peer-hour-${swarm}`
  const present: Mesh[] = []
  for (let index = 1; index < swarm; index++) present.push(await enter(server, name, index - 1))
  const count = countAt(server.host)
  const before = await cpuSeconds(server.process)
  for (let index = 0; index < joins; index++) {
    const mesh = await enter(server, name, swarm - 1)
    const gone = Promise.all(present.map((other) => left(other)))
    await mesh.leave()
    await gone
  }
  const cpu = (await cpuSeconds(server.process)) - before
  const { handled, sent, pings } = count
  await Promise.all(present.map((mesh) => mesh.leave()))
  return { count: { handled: handled / joins, sent: sent / joins, pings: pings / joins }, cpu: cpu / joins }
}

/** Settles when the peer is linked to as many others as are there. */
async function enter({ host }: Server, name: string, others: number): Promise<Mesh> {
  const mesh = await join(name, { tracker: `http://${host}`, identity: await createIdentity() })
  await new Promise<void>((resolve) => {
    const look = () => {
      if (mesh.peers.size >= others) resolve()
    }
    mesh.on('join', look)
    look()
  })
  return mesh
}

const left = (mesh: Mesh): Promise<void> =>
  new Promise((resolve) => {
    const stop = mesh.on('leave', () => {
      stop()
      resolve()
    })
  })
