import { watchCopyButton } from '../base/copy.ts'
import { element } from '../base/dom.ts'
import { watchForFiles } from './drop.ts'
import { showFigures } from './figures.ts'
import { Following } from './following.ts'
import { readLink } from './link.ts'
import { follow, keepsFiles } from './places.ts'
import { Sending } from './sending.ts'
import { TorrentDownload } from './torrent.ts'
import { torrentOf } from './torrent-of.ts'
import type { Transfer } from './transfer.ts'
import { currentState, focusOnChange, say, showFailure, showStart, showTransfer, watchState } from './view.ts'

const refreshEvery = 250

const canKeep = await keepsFiles()

let transfer: Transfer | undefined
/** The address that is open; empty for what is sent. */
let opened = ''

function refresh(): void {
  const running = transfer
  if (!running) return
  showTransfer(running.snapshot(), (index) => running.contentOf(index))
}

function stop(): void {
  transfer?.stop()
  transfer = undefined
  opened = ''
}

function begin(start: () => Transfer): void {
  stop()
  showStart('')
  const obstacle = whatIsMissing()
  if (obstacle !== '') {
    showFailure('This browser cannot do it', obstacle)
  } else {
    try {
      transfer = start()
      refresh()
    } catch (problem) {
      showFailure('That did not work', problem instanceof Error ? problem.message : String(problem))
    }
  }
  focusOnChange()
}

function whatIsMissing(): string {
  if (!isSecureContext) return 'Browsers allow this only over https (or on localhost). Open the page over https.'
  if (typeof RTCPeerConnection === 'undefined') {
    return 'This browser has no WebRTC, or it is switched off, and browsers need it to connect to each other.'
  }
  return ''
}

function followAddress(): void {
  const address = location.pathname + location.hash
  // The browser may tell of one change twice.
  if (opened === address) return
  const link = readLink(location)
  switch (link.kind) {
    case 'torrent':
      begin(() => new TorrentDownload(link.infoHash))
      break
    case 'release':
      if (canKeep) begin(() => new Following(link.address, (signal) => follow(link.address, signal)))
      else void beginWithoutPlace(link.address, address)
      break
    case 'none':
      stop()
      showStart('')
      return
    case 'broken':
      stop()
      showFailure(
        'This link is not complete',
        'It ends in 40 letters and digits, or in /releases/ with 43 of them and a name. Copy all of it and open it again.',
      )
      focusOnChange()
  }
  opened = address
}

/** A browser that keeps no files for pages gets the release as stock clients do. */
async function beginWithoutPlace(link: string, address: string): Promise<void> {
  const infoHash = await torrentOf(link)
  if (opened !== address) return
  if (infoHash !== null) {
    begin(() => new TorrentDownload(infoHash))
    opened = address
    return
  }
  showFailure(
    'That did not work',
    'The tracker does not know this release (yet), and this browser keeps no files for pages, so it can not wait for it.',
  )
}

function startAgain(): void {
  stop()
  if (location.pathname + location.hash !== '/') history.pushState(null, '', '/')
  showStart('')
  focusOnChange()
}

watchForFiles(
  () => currentState() === 'start',
  (chosen) => {
    if (chosen.kind === 'files') begin(() => new Sending(chosen.files))
    else showStart(chosen.reason)
  },
)
watchCopyButton(say)
watchCopyButton(say, 'magnet', 'copy-magnet')
element('again', HTMLButtonElement).addEventListener('click', startAgain)
for (const event of ['hashchange', 'popstate']) addEventListener(event, followAddress)
addEventListener('beforeunload', (event) => {
  if (transfer?.isNeeded === true) event.preventDefault()
})
setInterval(refresh, refreshEvery)
// A change of state is when this page changes the figures itself.
watchState(showFigures())
followAddress()
