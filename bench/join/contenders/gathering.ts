// What simple-peer waits for and webrtc-polyfill never tells: that ICE gathering has ended. Every browser does, by a
// candidate that is null. Without it p2pt and webtorrent wait five seconds for each offer and each answer.
import { RTCPeerConnection } from 'webrtc-polyfill'

type Describe = (description?: RTCLocalSessionDescriptionInit) => Promise<void>

const told = new WeakSet<RTCPeerConnection>()
const prototype = RTCPeerConnection.prototype as { setLocalDescription: Describe }
const describe = prototype.setLocalDescription

prototype.setLocalDescription = async function (this: RTCPeerConnection, description) {
  const tellEnd = () => {
    if (this.iceGatheringState !== 'complete' || told.has(this)) return
    told.add(this)
    this.dispatchEvent(Object.assign(new Event('icecandidate'), { candidate: null }))
  }
  this.addEventListener('icegatheringstatechange', tellEnd)
  await describe.call(this, description)
  tellEnd()
}
