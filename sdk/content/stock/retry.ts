import type { Torrent } from 'webtorrent'

/** After a connection that failed the tracker is asked again so much later, in milliseconds; it doubles. A guess. */
const AGAIN = 2000
/** Beyond that, in milliseconds, nothing is gained: webtorrent asks every two minutes by itself. */
const LONGEST = 64_000

/**
 * Has the tracker asked again soon where a connection by WebRTC fails before it is one: about one in fifty does in the
 * handshake of DTLS (measured on one machine, webtorrent alone too). By itself webtorrent waits for its next announce.
 */
export function retryFailed(torrent: Torrent): void {
  let wait = AGAIN
  let timer: ReturnType<typeof setTimeout> | undefined
  const stop = () => {
    clearTimeout(timer)
    timer = undefined
  }
  const retry = () => {
    if (torrent.destroyed || wait > LONGEST) return
    timer ??= setTimeout(() => {
      timer = undefined
      // Those of before, or by TCP, which nothing below tells of: there is somebody to go on with.
      if (torrent.numPeers > 0) {
        wait = AGAIN
        return
      }
      torrent.discovery?.tracker?.update()
      wait *= 2
      // The other side takes nothing from a peer that it still believes to be connecting: for 25 s, if it is
      // webtorrent.
      retry()
    }, wait)
  }
  torrent.on('close', stop)
  torrent.on('peer', (peer) => {
    // An address is called by TCP, and webtorrent tries that again itself.
    if (typeof peer === 'string') return
    // It tells of its end as one or the other.
    peer.once('close', retry).once('error', retry)
    peer.once('connect', () => {
      peer.off('close', retry).off('error', retry)
      stop()
      wait = AGAIN
    })
  })
}
