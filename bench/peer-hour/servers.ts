import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort } from '../../scripts/free-port.ts'
import { builtTracker, workerdPath, writeWorkerdConfig } from '../../scripts/workerd.ts'

export type ServerKind = 'edgeswarm' | 'bittorrent-tracker'

/** A tracker in a process of its own, whose CPU time is that of its peers alone. */
export interface Server extends AsyncDisposable {
  readonly kind: ServerKind
  /** `127.0.0.1:<port>` */
  readonly host: string
  readonly process: ChildProcess
}

// One machine is one address here: the rates are out of the way. And nothing looks for the internet.
const VARS = {
  STUN_URLS: '',
  SOCKET_RATE: 1_000_000,
  SOCKET_BURST: 1_000_000,
  ADDRESS_RATE: 1_000_000,
  ADDRESS_BURST: 1_000_000,
  MAX_SOCKETS_PER_ADDRESS: 32_000,
  MAX_PEERS_PER_ADDRESS: 40_000,
}

export const startServer = (kind: ServerKind): Promise<Server> =>
  kind === 'edgeswarm' ? startEdgeswarm() : startStock()

async function startEdgeswarm(): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), 'edgeswarm-peer-hour-'))
  const host = `127.0.0.1:${await freePort()}`
  const config = await writeWorkerdConfig(folder, join(folder, 'state'), [await builtTracker(host, VARS)])
  const child = spawn(workerdPath(), ['serve', config], { stdio: ['ignore', 'ignore', 'inherit'] })
  await answers(`http://${host}/health`, child)
  return {
    kind: 'edgeswarm',
    host,
    process: child,
    async [Symbol.asyncDispose]() {
      await end(child)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function startStock(): Promise<Server> {
  const script = join(import.meta.dirname, '../tracker/bittorrent-tracker.server.ts')
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const port = /port (\d+)/.exec(line.toString())?.[1] ?? ''
  return {
    kind: 'bittorrent-tracker',
    host: `127.0.0.1:${port}`,
    process: child,
    [Symbol.asyncDispose]: () => end(child),
  }
}

async function answers(url: string, { exitCode }: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200 && exitCode === null; tries++) {
    const isUp = await fetch(url).then(
      (response) => response.ok,
      () => false,
    )
    if (isUp) return
    await wait(50)
  }
  throw new Error(`${url} does not answer; what workerd says stands above.`)
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  // At a gentler signal workerd waits for the peers to leave.
  child.kill('SIGKILL')
  await exit
}
