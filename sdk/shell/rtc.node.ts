import type { PeerConnection } from 'node-datachannel'
import { EdgeswarmError } from '../error.ts'
import { type IceServer, LOW_WATER, type Rtc, type RtcEvents } from './rtc.ts'

type Engine = typeof import('node-datachannel')

const OLDEST_NODE = 22

let engine: Engine | undefined

/** Loads node-datachannel, whose binary is not there on every platform. */
export async function requireRtc(): Promise<void> {
  const major = Number(process.versions.node.split('.')[0])
  if (major < OLDEST_NODE) {
    throw new EdgeswarmError(
      'ERR_UNSUPPORTED',
      `Edgeswarm needs Node ${OLDEST_NODE} or newer, and this is ${process.versions.node}.`,
    )
  }
  try {
    engine ??= await import('node-datachannel')
  } catch (cause) {
    const { platform, arch } = process
    throw new EdgeswarmError(
      'ERR_UNSUPPORTED',
      `WebRTC for Node can't be loaded: node-datachannel has no binary for ${platform} ${arch}, or was installed without its optional dependencies.`,
      { cause },
    )
  }
}

// The offerer opens DTLS, though WebRTC has it leave the choice (RFC 8842 lets an answerer take either). When the
// answerer opens it, its first flight often arrives before libdatachannel listens and is repeated only after a
// second: 17 of 80 connections on loopback; this way 1 of 80.
const outgoing = (sdp: string): string => sdp.replace('a=setup:actpass', 'a=setup:active').replace(NEEDLESS, '')

/** What every engine takes for granted: a tracker carries each description four times. */
const NEEDLESS = /^a=(?:msid-semantic:.*|sendrecv|end-of-candidates)\r\n/gm

const CANDIDATE = 'a=candidate:'
// Now and then (8 of 1,200 descriptions) libdatachannel has no ICE transport for a moment after it took a remote
// description, and refuses its candidates, and with them the whole description if they stand in it.
const ADD_TRIES = 20
/** Milliseconds. */
const ADD_AGAIN = 10

/** node-datachannel's engine. */
export function openRtc(iceServers: readonly IceServer[], events: RtcEvents): Rtc {
  if (!engine) throw new EdgeswarmError('ERR_UNSUPPORTED', 'requireRtc comes first.')
  const connection = new engine.PeerConnection('edgeswarm', {
    iceServers: iceServers.flatMap(urlsOf),
    disableAutoNegotiation: true,
  })
  const channel = connection.createDataChannel('edgeswarm', { negotiated: true, id: 0 })
  channel.setBufferedAmountLowThreshold(LOW_WATER)
  const described = new Promise<string>((resolve) => {
    connection.onLocalDescription((sdp) => {
      resolve(sdp)
    })
  })
  const gathered = new Promise<void>((resolve) => {
    connection.onGatheringStateChange((state) => {
      if (state === 'complete') resolve()
    })
  })
  connection.onLocalCandidate((candidate) => {
    events.candidate(candidate.replace(/^a=/, ''))
  })
  connection.onStateChange((state) => {
    if (state === 'disconnected') events.doubt()
    if (state === 'failed' || state === 'closed') events.close()
  })
  channel.onOpen(() => {
    events.open()
  })
  channel.onMessage((data) => {
    events.message(typeof data === 'string' ? new Uint8Array() : viewOf(data))
  })
  channel.onBufferedAmountLow(() => {
    events.drain()
  })
  channel.onClosed(() => {
    events.close()
  })
  let closed = false
  return {
    native: null,
    gathered,
    describe() {
      connection.setLocalDescription()
      return described.then(outgoing)
    },
    description: () => descriptionOf(connection),
    async accept(type, sdp) {
      const lines = sdp.split(/\r?\n/)
      await promised(() => {
        connection.setRemoteDescription(lines.filter((line) => !line.startsWith(CANDIDATE)).join('\r\n'), type)
      })
      for (const line of lines) if (line.startsWith(CANDIDATE)) void this.addCandidate(line.slice(2))
    },
    async addCandidate(candidate) {
      for (let tries = 0; tries < ADD_TRIES && !closed; tries++) {
        try {
          connection.addRemoteCandidate(candidate, '0')
          return
        } catch {
          await new Promise((resolve) => setTimeout(resolve, ADD_AGAIN))
        }
      }
    },
    send(bytes) {
      if (!closed) channel.sendMessageBinary(bytes)
    },
    get buffered() {
      return closed ? 0 : channel.bufferedAmount()
    },
    get remoteAddress() {
      return closed ? null : (connection.getSelectedCandidatePair()?.remote.address ?? null)
    },
    get maxMessage() {
      return channel.maxMessageSize()
    },
    close() {
      if (closed) return
      closed = true
      connection.close()
    },
  }
}

/** Each message has memory of its own; plain bytes and no Buffer are what a caller expects. */
const viewOf = (data: Buffer | ArrayBuffer): Uint8Array =>
  data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(data.buffer, data.byteOffset, data.length)

/** The engine throws at once where a browser rejects. */
const promised = (action: () => void): Promise<void> =>
  new Promise((resolve) => {
    action()
    resolve()
  })

function descriptionOf(connection: PeerConnection): string {
  const description = connection.localDescription()
  return description ? outgoing(description.sdp) : ''
}

/** libdatachannel takes `turn:user:password@host:port` in one text. */
function urlsOf({ urls, username, credential }: IceServer): string[] {
  return [urls].flat().map((url) => {
    if (username === undefined || credential === undefined) return url
    const [scheme, host] = url.split(/:(.*)/s, 2)
    return `${scheme ?? ''}:${encodeURIComponent(username)}:${encodeURIComponent(credential)}@${host ?? ''}`
  })
}
