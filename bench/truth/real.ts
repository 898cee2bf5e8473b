import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { run } from '../../scripts/run.ts'
import { buildSdk } from '../../scripts/sdk.ts'
import { pageOf, serveFolder } from '../../test/package/loopback.ts'
import { startBrowser } from '../../test/support/browser.ts'
import { startTracker } from '../../test/support/tracker.ts'
import { type Figures, figuresOf } from './figures.ts'
import type { Order } from './process.ts'
import type { Plan } from './plan.ts'
import type { Account } from './talk.ts'

const SWARM = 'truth'

/** Some peers that do what they are told. */
interface Group {
  order(order: Order): Promise<unknown>
}

async function processOf(cleanUp: AsyncDisposableStack): Promise<Group> {
  const child = fork(new URL('process.ts', import.meta.url))
  cleanUp.defer(async () => {
    child.kill()
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  })
  await once(child, 'spawn')
  return {
    async order(order) {
      const answered = once(child, 'message')
      child.send(order)
      const [answer] = (await answered) as unknown[]
      return answer
    },
  }
}

async function scriptOf(tracker: string): Promise<string> {
  const talk = stripTypeScriptTypes(await readFile(new URL('talk.ts', import.meta.url), 'utf8'))
  return `import { join } from '/edgeswarm.min.js'
    ${talk.replace('export function', 'function')}
    const mesh = await join('${SWARM}', { tracker: '${tracker}', iceServers: [] })
    window.peer = listen(mesh)`
}

async function tabsOf(tracker: string, cleanUp: AsyncDisposableStack): Promise<() => Promise<Group>> {
  await buildSdk()
  const site = cleanUp.use(await serveFolder('dist/sdk', { '/': pageOf(await scriptOf(tracker)) }))
  const browser = cleanUp.use(await startBrowser())
  return async () => {
    const page = await browser.open(`${site.url}/`)
    await page.waitForFunction('window.peer')
    return {
      order: async (order) => {
        if (order.type === 'publish') await page.evaluate(`peer.publish(${order.number})`)
        return order.type === 'accounts' ? [await page.evaluate<Account>('peer.account()')] : null
      },
    }
  }
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** The plan, carried out by real peers over real links on this machine. */
export async function runReal(plan: Plan): Promise<Figures> {
  await using cleanUp = new AsyncDisposableStack()
  if ((await run('node', ['scripts/build.ts'])) !== 0) throw new Error('The build failed; wrangler says why above.')
  const limits = { STUN_URLS: '', SOCKET_BURST: 5000, ADDRESS_BURST: 50_000, ADDRESS_RATE: 5000 }
  const tracker = cleanUp.use(await startTracker(limits))
  const openTab = await tabsOf(tracker.http, cleanUp)
  const groups: Group[] = []
  for (let count = 0; count < plan.processes; count++) groups.push(await processOf(cleanUp))
  for (let count = 0; count < plan.peers - plan.tabs; count++) {
    await groups[count % plan.processes]?.order({ type: 'join', tracker: tracker.http, swarm: SWARM })
    await pause(plan.joinEvery)
  }
  for (let count = 0; count < plan.tabs; count++) groups.push(await openTab())
  await pause(plan.settles)
  const publishedAt: number[] = []
  for (let number = 0; number < plan.messages; number++) {
    publishedAt.push(Date.now())
    // Each of the groups has an author, and each tab is a group of its own.
    await groups[number % groups.length]?.order({ type: 'publish', index: 0, number })
    await pause(plan.publishEvery)
  }
  await pause(plan.arrives)
  const accounts: Account[] = []
  for (const group of groups) accounts.push(...((await group.order({ type: 'accounts' })) as Account[]))
  return figuresOf(plan, accounts, publishedAt)
}
