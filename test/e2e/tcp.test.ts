import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { freePort } from '../../scripts/free-port.ts'
import { isInstalled, Program } from '../support/program.ts'
import { startTracker, type Tracker } from '../support/tracker.ts'

const missing = ['transmission-cli', 'transmission-create', 'aria2c'].filter((command) => !isInstalled(command))

it('aria2 downloads from Transmission, met through HTTP announces', async ({ skip }) => {
  skip(missing.length > 0, `not installed: ${missing.join(', ')} (apt-get install transmission-cli aria2)`)
  await using tracker = await startTracker()
  await using folder = await temporaryFolder()
  const bytes = randomBytes(3 * 1024 * 1024)
  const torrent = await makeTorrent(folder.path, bytes, `${tracker.http}/announce`)

  await using transmission = await seedWithTransmission(folder.path, torrent)
  await present(tracker, 1, transmission)
  await using aria2 = new Program('aria2c', [
    ...['--enable-dht=false', '--bt-enable-lpd=false', '--enable-peer-exchange=false'],
    ...['--seed-time=0', `--listen-port=${await freePort()}`, `--dir=${join(folder.path, 'leech')}`, torrent],
  ])
  expect(await aria2.ended(), aria2.output).toBe(0)

  expect(Buffer.compare(await readFile(join(folder.path, 'leech', 'file.bin')), bytes)).toBe(0)
})

async function makeTorrent(folder: string, bytes: Uint8Array, announce: string): Promise<string> {
  await mkdir(join(folder, 'seed'))
  await writeFile(join(folder, 'seed', 'file.bin'), bytes)
  const torrent = join(folder, 'file.torrent')
  const { status } = spawnSync('transmission-create', ['-o', torrent, '-t', announce, join(folder, 'seed', 'file.bin')])
  expect(status).toBe(0)
  return torrent
}

async function seedWithTransmission(folder: string, torrent: string): Promise<Program> {
  const config = join(folder, 'config')
  await mkdir(config)
  const settings = { 'dht-enabled': false, 'lpd-enabled': false, 'pex-enabled': false, 'utp-enabled': false }
  await writeFile(join(config, 'settings.json'), JSON.stringify(settings))
  const port = `${await freePort()}`
  return new Program('transmission-cli', ['-g', config, '-w', join(folder, 'seed'), '-p', port, '-M', torrent])
}

/** Waits until so many HTTP peers are present. */
async function present(tracker: Tracker, peers: number, program: Program): Promise<void> {
  await expect
    .poll(async () => (await tracker.stats()).httpPeers, { timeout: 60_000, message: program.output })
    .toBe(peers)
}
