import { once } from 'node:events'
import { expect, it } from 'vitest'
import { createTestHarness } from 'wrangler'
import { WebSocket } from 'ws'

it("P6: under wrangler's own harness a socket outlives its hub", async () => {
  const harness = createTestHarness({
    workers: [{ configPath: 'wrangler.toml', prebuiltWorkerDir: 'dist/worker', vars: { INTERVAL: 77 } }],
  })
  await using stack = new AsyncDisposableStack()
  stack.defer(() => harness.close())
  const { url } = await harness.listen()
  const socket = stack.adopt(new WebSocket(new URL('/announce', url)), (opened) => {
    opened.terminate()
  })
  await once(socket, 'open')
  const announce = JSON.stringify({ action: 'announce', info_hash: 'i'.repeat(20), peer_id: 'p'.repeat(20), left: 0 })
  const reply = { action: 'announce', info_hash: 'i'.repeat(20), interval: 77, complete: 1, incomplete: 0 }

  for (const wake of [false, true]) {
    if (wake) await harness.getWorker().evictDurableObject('HUB', { name: 'hub-0' })
    socket.send(announce)
    const [data] = (await once(socket, 'message')) as [Buffer]
    expect(JSON.parse(data.toString())).toEqual(reply)
  }
  expect(await (await harness.fetch('/stats.json')).json()).toMatchObject({ sockets: 1, seeds: 1 })
})
