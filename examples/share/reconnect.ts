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

const firstRetry = 2_000
const lastRetry = 64_000

/**
 * A connection by WebRTC fails now and then before it is one, and webtorrent would ask the tracker for the next only
 * minutes later.
 */
export function retryFailedPeers(torrent: Torrent): void {
  let wait = firstRetry
  let timer: ReturnType<typeof setTimeout> | undefined
  const stop = () => {
    clearTimeout(timer)
    timer = undefined
  }
  const retry = () => {
    if (torrent.destroyed || wait > lastRetry) return
    timer ??= setTimeout(() => {
      timer = undefined
      // Those of before: there is somebody to go on with.
      if (torrent.numPeers > 0) {
        wait = firstRetry
        return
      }
      torrent.discovery?.tracker?.update()
      wait *= 2
      // The other side takes nothing from a peer that it still believes to be connecting.
      retry()
    }, wait)
  }
  torrent.on('close', stop)
  torrent.on('peer', (peer) => {
    // It tells of its end as one or the other.
    peer.once('close', retry).once('error', retry)
    peer.once('connect', () => {
      peer.off('close', retry).off('error', retry)
      stop()
      wait = firstRetry
    })
  })
}
