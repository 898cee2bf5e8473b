import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import typescript from 'typescript'
import { freePort } from '../../scripts/free-port.ts'
import type { MessageLengths } from './load.ts'
import { builtTracker, type HostedWorker, workerdPath, writeWorkerdConfig } from '../../scripts/workerd.ts'

/** A server under test: where its WebSockets are, and whose CPU time counts. */
export interface TestedServer {
  readonly name: string
  /**
   * @param relays how many messages beside the reply the bare object sends for an announce
   * @param lengths how long the tracker's messages are, for the bare object to send as much
   */
  url(relays: number, lengths: MessageLengths): string
  readonly process: ChildProcess
}

// One machine is one address here, and this is a measurement of speed: the rates are out of the way.
const NO_RATES = {
  SOCKET_RATE: 1_000_000,
  SOCKET_BURST: 1_000_000,
  ADDRESS_RATE: 1_000_000,
  ADDRESS_BURST: 1_000_000,
  MAX_SOCKETS_PER_ADDRESS: 32_000,
}

/** Starts the three servers: the tracker and the bare object in one workerd, bittorrent-tracker in Node. */
export async function startServers(): Promise<AsyncDisposable & { servers: TestedServer[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'edgeswarm-bench-'))
  const [trackerPort, barePort] = [await freePort(), await freePort()]
  const tracker = await builtTracker(`127.0.0.1:${trackerPort}`, NO_RATES)
  const bare = await buildBare(join(folder, 'bare'), `127.0.0.1:${barePort}`, tracker.compatibilityDate)
  const config = await writeWorkerdConfig(folder, join(folder, 'state'), [tracker, bare])
  const workerd = spawn(workerdPath(), ['serve', config], { stdio: ['ignore', 'ignore', 'inherit'] })
  await answers(`http://127.0.0.1:${trackerPort}/health`, workerd)
  const stock = spawn(process.execPath, [join(import.meta.dirname, 'bittorrent-tracker.server.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(stock.stdout, 'data')) as [Buffer]
  const stockPort = /port (\d+)/.exec(line.toString())?.[1] ?? ''
  return {
    servers: [
      { name: 'edgeswarm', url: () => `ws://127.0.0.1:${trackerPort}/announce`, process: workerd },
      {
        name: 'bare object',
        url: (relays, { reply, relayed }) =>
          `ws://127.0.0.1:${barePort}/?reply=${reply}&relayed=${relayed}&relays=${relays}`,
        process: workerd,
      },
      { name: 'bittorrent-tracker', url: () => `ws://127.0.0.1:${stockPort}/`, process: stock },
    ],
    async [Symbol.asyncDispose]() {
      await Promise.all([workerd, stock].map(end))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function buildBare(build: string, listen: string, compatibilityDate: string): Promise<HostedWorker> {
  const source = await readFile(join(import.meta.dirname, 'bare/index.ts'), 'utf8')
  await mkdir(build, { recursive: true })
  await writeFile(join(build, 'index.js'), typescript.transpile(source, { target: typescript.ScriptTarget.ES2022 }))
  const classes = [{ className: 'Bare', binding: 'BARE' }]
  return { name: 'bare', listen, compatibilityDate, build, vars: {}, classes }
}

async function answers(url: string, { exitCode }: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200 && exitCode === null; tries++) {
    const up = await fetch(url).then(
      (response) => response.ok,
      () => false,
    )
    if (up) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`${url} does not answer; what workerd says stands above.`)
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill()
  await exit
}

/** CPU seconds that a process has used; NaN where the system has no /proc. */
export async function cpuSeconds({ pid }: ChildProcess): Promise<number> {
  const stat = await readFile(`/proc/${pid ?? 0}/stat`, 'utf8').catch(() => '')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

/** What Linux gives /proc in, on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100
