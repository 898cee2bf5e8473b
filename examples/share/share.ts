import { watchCopyButton } from '../base/copy.ts'
import { element } from '../base/dom.ts'
import { watchForFiles } from './drop.ts'
import { showFigures } from './figures.ts'
import { readLink, shareLink } from './link.ts'
import { Transfer } from './transfer.ts'
import { currentState, focusOnChange, say, showFailure, showStart, showTransfer, watchState } from './view.ts'

const refreshEvery = 250

let transfer: Transfer | undefined

function refresh(): void {
  const running = transfer
  if (!running) return
  const snapshot = running.snapshot()
  const link = snapshot.infoHash === '' ? '' : shareLink(location.origin, snapshot.infoHash)
  showTransfer(snapshot, link, (index) => running.contentOf(index))
}

function stop(): void {
  transfer?.stop()
  transfer = undefined
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
  const link = readLink(location.hash)
  if (link.kind === 'file') {
    if (transfer?.infoHash !== link.infoHash) begin(() => Transfer.receive(link.infoHash))
    return
  }
  stop()
  if (link.kind === 'none') {
    showStart('')
    return
  }
  showFailure('This link is not complete', 'It should end in 40 letters and digits. Copy all of it and open it again.')
  focusOnChange()
}

function startAgain(): void {
  stop()
  if (location.hash !== '') history.pushState(null, '', location.pathname)
  showStart('')
  focusOnChange()
}

watchForFiles(
  () => currentState() === 'start',
  (chosen) => {
    if (chosen.kind === 'files') begin(() => Transfer.send(chosen.files))
    else showStart(chosen.reason)
  },
)
watchCopyButton(say)
element('again', HTMLButtonElement).addEventListener('click', startAgain)
addEventListener('hashchange', followAddress)
addEventListener('beforeunload', (event) => {
  if (transfer?.isNeeded) event.preventDefault()
})
setInterval(refresh, refreshEvery)
// A change of state is when this page changes the figures itself.
watchState(showFigures())
followAddress()
