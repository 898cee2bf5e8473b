import { pick } from '../../sdk/overlay/turn.ts'
import { grow } from './grow.ts'
import { SimulatedPeer } from './peer.ts'
import type { SimulatedSwarm } from './swarm.ts'

/** A swarm in which some are not honest. */
export interface Infested<Attacker extends SimulatedPeer> {
  readonly swarm: SimulatedSwarm
  readonly attackers: readonly Attacker[]
}

/** A swarm grows in which every so many-th peer is an attacker, from the first moment on. */
export function infest<Attacker extends SimulatedPeer>(
  size: number,
  seed: number,
  every: number,
  make: (swarm: SimulatedSwarm) => Attacker,
): Infested<Attacker> {
  const attackers: Attacker[] = []
  let index = 0
  const swarm = grow(size, seed, (swarm) => {
    index++
    if (index % every !== 0) return new SimulatedPeer(swarm)
    const attacker = make(swarm)
    attackers.push(attacker)
    return attacker
  })
  return { swarm, attackers }
}

export const honestOf = <Attacker extends SimulatedPeer>({ swarm, attackers }: Infested<Attacker>): SimulatedPeer[] => {
  const hostile = new Set<SimulatedPeer>(attackers)
  return swarm.peers.items.filter((peer) => !hostile.has(peer))
}

/** One honest peer crashes, none of those excepted, and another one joins. */
export function replaceHonest<Attacker extends SimulatedPeer>(
  infested: Infested<Attacker>,
  except: readonly SimulatedPeer[] = [],
): void {
  const { swarm } = infested
  const replaced = pick(
    honestOf(infested).filter((peer) => !except.includes(peer)),
    swarm.random,
  )
  if (!replaced) return
  swarm.crash(replaced)
  swarm.join()
}
