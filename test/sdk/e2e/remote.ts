import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { createInterface } from 'node:readline'
import type { Page } from 'playwright-core'
import { pageOf } from '../../package/loopback.ts'
import type { TestBrowser } from '../../support/browser.ts'
import { crash } from '../../support/crash.ts'
import type { Notice, Report } from './talker.ts'
import type { Watch } from './watch.ts'

const folder = import.meta.dirname

/** A talker in a process or a tab of its own, as it is known by what it tells. */
export abstract class RemotePeer implements AsyncDisposable {
  readonly #watch: Watch
  id = ''
  /** The peers that it is linked to. */
  readonly peers = new Set<string>()
  /** When it saw a peer leave, in milliseconds since 1970. */
  readonly left = new Map<string, number>()
  report: Report | null = null

  constructor(watch: Watch) {
    this.#watch = watch
  }

  protected receive(notice: Notice): void {
    switch (notice.type) {
      case 'ready':
        this.id = notice.id
        break
      case 'join':
        this.peers.add(notice.id)
        break
      case 'leave':
        this.peers.delete(notice.id)
        this.left.set(notice.id, notice.at)
        break
      case 'stopped':
        this.report = notice
    }
    this.#watch.changed()
  }

  protected fail(reason: string): void {
    this.#watch.fail(new Error(`${this.constructor.name} ${this.id}: ${reason}`))
  }

  /** Lets it publish its last message. */
  abstract stop(): Promise<void>
  /** Ends it so that it can't say goodbye. */
  abstract kill(): Promise<void>
  abstract [Symbol.asyncDispose](): Promise<void>
}

export class NodePeer extends RemotePeer {
  readonly #child: ChildProcess
  #isEnding = false

  constructor(watch: Watch, parameters: readonly string[]) {
    super(watch)
    const child = spawn(process.execPath, [`${folder}/peer.ts`, ...parameters], { stdio: ['pipe', 'pipe', 'pipe'] })
    this.#child = child
    createInterface(child.stdout).on('line', (line) => {
      this.receive(JSON.parse(line) as Notice)
    })
    let errors = ''
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
    child.on('exit', (code) => {
      if (!this.#isEnding) this.fail(`ended with ${code ?? 'a signal'}:\n${errors}`)
    })
  }

  stop(): Promise<void> {
    this.#child.stdin?.write('stop\n')
    return Promise.resolve()
  }

  async kill(): Promise<void> {
    this.#isEnding = true
    const { exitCode, signalCode } = this.#child
    if (exitCode !== null || signalCode !== null) return
    const exit = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exit
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill()
  }
}

export class TabPeer extends RemotePeer {
  readonly #page: Page

  private constructor(watch: Watch, page: Page) {
    super(watch)
    this.#page = page
  }

  /** @param url of `talkerPage` */
  static async open(watch: Watch, browser: TestBrowser, url: string): Promise<TabPeer> {
    const page = await browser.open('about:blank')
    const peer = new TabPeer(watch, page)
    page.on('pageerror', (error) => {
      peer.fail(error.message)
    })
    await page.exposeFunction('tell', (notice: Notice) => {
      peer.receive(notice)
    })
    await page.goto(url)
    return peer
  }

  stop(): Promise<void> {
    return this.#page.evaluate('talker.stop()')
  }

  kill(): Promise<void> {
    return crash(this.#page)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#page.context().close()
  }
}

/** A page with a talker, for a server that has edgeswarm.min.js at its root. */
export async function talkerPage(tracker: string, swarm: string, pace: number): Promise<string> {
  const talker = stripTypeScriptTypes(await readFile(`${folder}/talker.ts`, 'utf8'))
  return pageOf(`import { join } from '/edgeswarm.min.js'
    ${talker}
    globalThis.talker = talk(await join('${swarm}', { tracker: '${tracker}' }), ${pace}, globalThis.tell)`)
}
