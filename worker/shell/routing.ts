import type { Address } from '../../protocol/address.ts'
import type { InfoHash } from '../../protocol/ids.ts'
import type { Catalog } from './catalog/catalog.ts'
import { type Environment, settings } from './environment.ts'
import type { Hub } from './hub.ts'

/** The hub that an info hash hashes to. */
export const homeOf = ({ HUB }: Environment, infoHash: InfoHash): DurableObjectStub<Hub> => hubOf(HUB, infoHash)

/** The hub for a socket that names no swarm: always the same for one address. */
export const hubForAddress = ({ HUB }: Environment, address: Address): DurableObjectStub<Hub> => hubOf(HUB, address)

export const allHubs = ({ HUB }: Environment): DurableObjectStub<Hub>[] =>
  Array.from({ length: settings.HUBS }, (_, index) => HUB.getByName(`hub-${index}`))

/** The only catalogue. */
export const catalogOf = ({ CATALOG }: Environment): DurableObjectStub<Catalog> => CATALOG.getByName('catalog')

const hubOf = (hubs: DurableObjectNamespace<Hub>, binary: string): DurableObjectStub<Hub> =>
  hubs.getByName(`hub-${hash(binary) % settings.HUBS}`)

/** FNV-1a over the bytes of a binary string. */
function hash(binary: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < binary.length; index++) {
    value = Math.imul(value ^ binary.charCodeAt(index), 0x01000193)
  }
  return value >>> 0
}
