import type * as Engine from 'node-datachannel'

/** Every connection of the engine that was made in this test file, so that a test can break one as a network would. */
const made = new Set<Engine.PeerConnection>()

const connected = () => [...made].filter((connection) => connection.state() === 'connected')

/** The engine, unchanged but for a list of the connections that it makes. For `vi.mock`. */
export function watched(engine: typeof Engine): typeof Engine {
  const PeerConnection = new Proxy(engine.PeerConnection, {
    construct(target, parameters) {
      const connection = Reflect.construct(target, parameters) as Engine.PeerConnection
      made.add(connection)
      return connection
    },
  })
  return { ...engine, PeerConnection }
}

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
