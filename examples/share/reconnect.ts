import type { Torrent, TrackerConnection } from 'webtorrent'

const checkEvery = 5_000

function connections(torrent: Torrent): readonly TrackerConnection[] {
  return torrent.discovery?.tracker?._trackers ?? []
}

export function trackerIsLost(torrent: Torrent): boolean {
  const all = connections(torrent)
  return all.length > 0 && all.every((connection) => connection.reconnecting)
}

/**
 * webtorrent waits up to five minutes before it calls a lost tracker again; nobody who opens a link waits that
 * long. There is no public way to ask for it sooner, hence the reach into its tracker connections.
 */
export function keepCallingTracker(torrent: Torrent): () => void {
  const timer = setInterval(
    () => {
      for (const connection of connections(torrent)) {
        // Only a connection that gave up its socket may open one; a second would be counted twice.
        if (!connection.reconnecting || !connection.destroyed) continue
        if (connection.reconnectTimer !== null) clearTimeout(connection.reconnectTimer)
        connection._openSocket()
      }
    },
    // Spread out, so that a tracker that comes back is not called by everyone in the same second.
    checkEvery * (1 + Math.random()),
  )
  return () => {
    clearInterval(timer)
  }
}
