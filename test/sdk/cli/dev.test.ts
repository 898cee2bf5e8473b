import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import { expect, it } from 'vitest'
import { COMPATIBILITY_DATE } from '../../../sdk/cli/commands/dev.ts'
import { plant, randomTree } from '../content/trees.ts'
import { like, openMachine } from './cli.ts'

it('dev serves a tracker to publish at, and keeps what it has with --state', async () => {
  await using machine = await openMachine()
  const source = await plant(join(machine.path, 'kept'), randomTree(2))
  const serve = async () => {
    const serving = machine.start('dev', '--port', '0', '--state', 'state')
    const [, address = ''] = await serving.says(/^(http:\/\/localhost:\d+)\n$/)
    return { serving, address }
  }
  const first = await serve()
  const published = await machine.run('publish', source, '--version', '1', '--no-seed', '--tracker', first.address)
  const path = published.out.replace(first.address, '').trim()
  expect(path).toMatch(/^\/releases\//)
  const port = new URL(first.address).port
  expect(await machine.run('dev', '--port', port)).toMatchObject({
    code: 1,
    out: '',
    error: like(/^Port \d+ can't be had \(EADDRINUSE\): .*\n$/),
  })
  expect(await first.serving.interrupted()).toMatchObject({ code: 0 })

  const second = await serve()
  expect(await machine.run('inspect', second.address + path)).toMatchObject({ code: 0 })
  second.serving.signal('SIGTERM')
  expect(await second.serving.ended()).toMatchObject({ code: 0 })
})

it('dev runs the Worker as of the date in wrangler.toml', async () => {
  expect(parse(await readFile('wrangler.toml', 'utf8'))['compatibility_date']).toBe(COMPATIBILITY_DATE)
})
