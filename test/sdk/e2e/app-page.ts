import type { Page } from 'playwright-core'
import { type Loopback, pageOf, serveFolder } from '../../package/loopback.ts'
import { startBrowser } from '../../support/browser.ts'
import { crash } from '../../support/crash.ts'

/** A busy machine may take so long for what has no time of its own, in milliseconds. */
const PATIENCE = 60_000

/** A page that joins the swarm, and keeps its mesh and what happens in it at hand (`window.app`) for tests. */
const scriptOf = (tracker: string, swarm: string): string => `
  import { createIdentity, join } from '/edgeswarm.min.js'
  // Every connection is kept, so that a test can break one as a network would.
  const connections = []
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...parameters) {
      super(...parameters)
      connections.push(this)
    }
  }
  const kept = sessionStorage.getItem('secretKey')
  const identity = await createIdentity(kept ? Uint8Array.from(JSON.parse(kept)) : undefined)
  sessionStorage.setItem('secretKey', JSON.stringify([...identity.secretKey]))
  const events = []
  const listeners = new Set()
  const happened = (event) => {
    events.push(event)
    for (const listener of [...listeners]) listener()
  }
  /** Settles once the condition, asked again whenever something happened, holds; with its value. */
  const until = (condition, patience = ${PATIENCE}) => new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error('After ' + patience + ' ms ' + condition + ' does not hold; ' + events.join(', ')))
    }, patience)
    const look = () => {
      const value = condition()
      if (!value) return
      clearTimeout(timer)
      listeners.delete(look)
      resolve(value)
    }
    listeners.add(look)
    look()
  })
  const mesh = await join('${swarm}', { tracker: '${tracker}', identity })
  const heard = []
  mesh.topic('chat').subscribe(({ from, data }) => {
    heard.push({ from, data })
    happened('heard')
  })
  const streams = []
  const joined = (peer) => {
    happened('join ' + peer.id)
    peer.on('stream', (stream) => {
      streams.push({ from: peer.id, stream, tracks: stream.getTracks() })
      happened('stream')
    })
  }
  mesh.on('join', joined)
  mesh.on('leave', (peer) => happened('leave ' + peer.id))
  window.app = { mesh, identity, join, connections, events, heard, streams, happened, until }`

/** Pages of one swarm in one real Chromium. */
export interface AppPages extends AsyncDisposable {
  /** A page that has joined, with a profile of its own. */
  open(): Promise<AppPage>
}

export interface AppPage {
  readonly id: string
  readonly page: Page
  /**
   * Runs the body of an async function on the page, in which `app`, `mesh`, `until` and `argument` are known; returns
   * what it returns.
   */
  run<Result>(body: string, argument?: unknown): Promise<Result>
  /** Ends the page so that it can't say goodbye. */
  crash(): Promise<void>
}

export async function startPages(tracker: string, swarm: string): Promise<AppPages> {
  const site: Loopback = await serveFolder('dist/sdk', { '/': pageOf(scriptOf(tracker, swarm)) })
  const browser = await startBrowser()
  return {
    async open() {
      const page = await browser.open(`${site.url}/`)
      await ready(page)
      const run = async <Result>(body: string, argument?: unknown): Promise<Result> => {
        const app = `{ app, argument: ${JSON.stringify(argument ?? null)} }`
        try {
          return await page.evaluate<Result>(
            `(async ({ app, argument }) => { const { mesh, until } = app; ${body} })(${app})`,
          )
        } catch (error) {
          // Without the page's own stack, whose addresses vitest would look up as files.
          throw new Error((error as Error).message.replace(/\n +at .*/g, ''))
        }
      }
      return { page, run, crash: () => crash(page), id: await run<string>('return mesh.id') }
    },
    async [Symbol.asyncDispose]() {
      await browser[Symbol.asyncDispose]()
      await site[Symbol.asyncDispose]()
    },
  }
}

/** Settles once the page has joined. */
export async function ready(page: Page): Promise<void> {
  await page.waitForFunction('window.app')
}
