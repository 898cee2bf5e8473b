import { expect, it, vi } from 'vitest'
import { follow } from '../../../sdk/cli/follow.ts'
import { Output } from '../../../sdk/cli/output.ts'
import { Counters } from '../../../sdk/content/counters.ts'
import type { DownloadProgress } from '../../../sdk/content/downloader.ts'
import type { Subscription } from '../../../sdk/content/subscription.ts'
import { Emitter } from '../../../sdk/mesh/emitter.ts'
import { releaseOf } from '../../protocol/content/examples.ts'

/** How often a terminal is written to, in milliseconds. */
const LOOK = 100

it('it is shown how far what is on the disk was looked at, before the download and after it', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
  try {
    let shown = ''
    const stream = { isTTY: true, columns: 120, write: (text: string) => void (shown = text) }
    const output = new Output(stream, stream, false, () => performance.now())
    const events = new Emitter<{ checking: DownloadProgress; progress: DownloadProgress }>()
    const state = { installed: null, newest: null, peers: 0, traffic: new Counters() }
    const stop = new AbortController()
    const subscription = Object.assign(events, state) as unknown as Subscription
    const following = follow(subscription, { output, signal: stop.signal }, 'app', null)
    const release = releaseOf()
    const seen = (event: 'checking' | 'progress', bytes: number) => {
      events.emit(event, { release, bytes, total: 2000 })
      vi.advanceTimersByTime(LOOK)
      return shown
    }
    expect(seen('checking', 500)).toContain('Checking app 1.4.0  ██░░░░░░░░ 25 %  500 B of 2.0 kB')
    expect(seen('progress', 1000)).toMatch(/2Kapp 1\.4\.0 .* 50 %/)
    expect(seen('checking', 2000)).toContain('Checking app 1.4.0  ██████████ 100 %')
    stop.abort()
    await following
  } finally {
    vi.useRealTimers()
  }
})
