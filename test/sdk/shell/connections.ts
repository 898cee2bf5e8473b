import type * as Engine from 'node-datachannel'

/** Every connection of the engine that was made in this test file, so that a test can break one as a network would. */
const made = new Set<Engine.PeerConnection>()

const connected = () => [...made].filter((connection) => connection.state() === 'connected')

let isBarred = false
let barred = 0

/** From now on no connection that is made in this process opens, as between two networks that let nothing in. */
export function barNewConnections(): Disposable & { readonly count: number } {
  isBarred = true
  barred = 0
  return {
    get count() {
      return barred
    },
    [Symbol.dispose]() {
      isBarred = false
    },
  }
}

/** The engine, unchanged but for a list of the connections that it makes. For `vi.mock`. */
export function watched(engine: typeof Engine): typeof Engine {
  const PeerConnection = new Proxy(engine.PeerConnection, {
    construct(target, parameters) {
      const connection = Reflect.construct(target, parameters) as Engine.PeerConnection
      made.add(connection)
      if (!isBarred) return connection
      barred++
      return deaf(connection)
    },
  })
  return { ...engine, PeerConnection }
}

/** The connection, but that it never learns where the other side is. */
const deaf = (connection: Engine.PeerConnection): Engine.PeerConnection =>
  new Proxy(connection, {
    get(target, name) {
      if (name === 'addRemoteCandidate') return () => undefined
      const member: unknown = Reflect.get(target, name)
      return typeof member === 'function' ? (member.bind(target) as unknown) : member
    },
  })

/** Breaks so many connections of this process; returns how many there were. */
export function breakConnections(most = Infinity): number {
  const broken = connected().slice(0, most)
  for (const connection of broken) {
    made.delete(connection)
    connection.close()
  }
  return broken.length
}

/** How many connections of this process are open: two for a link whose ends are both here. */
export const connectionCount = (): number => connected().length
