// Run by crash.test.ts: updates an installation, and is killed before one of its steps on the disk.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { makeMetadata } from '../../../sdk/content/make.ts'
import { openStore } from '../../../sdk/content/store.node.ts'
import { openInstallation } from '../../../sdk/content/versions.node.ts'
import { CHANNEL, promised } from './trees.ts'

const [folder = '', deadly = ''] = process.argv.slice(2)
let steps = 0

/** The same operation, but that the process may die before it, as by `kill -9`. */
const counted =
  <Parameters extends readonly unknown[], Result>(operation: (...parameters: Parameters) => Result) =>
  (...parameters: Parameters): Result => {
    if (++steps === Number(deadly)) process.kill(process.pid, 'SIGKILL')
    return operation(...parameters)
  }

const made = await makeMetadata(join(folder, 'second'), 'app', { pieceLength: 16_384 })
const origin = await openStore(made.root, made.metadata)

// After the origin was read once: what it does is no step.
const pieces = []
for (let piece = 0; piece < origin.places.count; piece++) {
  pieces.push(await origin.read(piece, 0, origin.places.placeOf(piece).length))
}
await origin.close()
for (const name of ['open', 'mkdir', 'rename', 'symlink', 'rmdir', 'rm'] as const) {
  Object.assign(fs.promises, { [name]: counted(fs.promises[name] as (...parameters: unknown[]) => unknown) })
}
fs.renameSync = counted(fs.renameSync)
syncBuiltinESMExports()

const installation = await openInstallation(join(folder, 'app'), CHANNEL)
const download = await installation.begin(promised(made, 2), made.bytes)
for (const [piece, bytes] of pieces.entries()) {
  await download.accept(piece, bytes)
  if (piece === 2) await download.save()
}
await download.finish()
await installation.close()
console.log(steps)
