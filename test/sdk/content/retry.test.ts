import { EventEmitter } from 'node:events'
import type { Torrent } from 'webtorrent'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { retryFailed } from '../../../sdk/content/stock/retry.ts'

/** The example has types of its own for webtorrent, which are not those of the SDK: it is loaded without them. */
const page = new URL('../../../examples/share/reconnect.ts', import.meta.url).href
const { retryFailedPeers } = (await import(page)) as { readonly retryFailedPeers: typeof retryFailed }

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

describe.each([
  ['the SDK', retryFailed],
  ['the page', retryFailedPeers],
])('after a connection that failed %s', (_, retry) => {
  /** A torrent of which only what is used here is there. */
  function openTorrent() {
    const update = vi.fn()
    const torrent = Object.assign(new EventEmitter(), {
      destroyed: false,
      numPeers: 0,
      discovery: { tracker: { update } },
    })
    retry(torrent as unknown as Torrent)
    return {
      torrent,
      update,
      fail: () => {
        const peer = new EventEmitter()
        torrent.emit('peer', peer)
        peer.emit('close')
      },
    }
  }

  it('asks the tracker again, later each time', () => {
    const { update, fail } = openTorrent()
    fail()
    vi.advanceTimersByTime(2000)
    expect(update).toHaveBeenCalledTimes(1)
    vi.advanceTimersByTime(4000)
    expect(update).toHaveBeenCalledTimes(2)
  })

  it('asks nobody once there are peers, and begins anew when the next one fails', () => {
    const { torrent, update, fail } = openTorrent()
    fail()
    vi.advanceTimersByTime(2000)
    torrent.numPeers = 1
    vi.advanceTimersByTime(300_000)
    expect(update).toHaveBeenCalledTimes(1)
    torrent.numPeers = 0
    fail()
    vi.advanceTimersByTime(2000)
    expect(update).toHaveBeenCalledTimes(2)
  })
})
