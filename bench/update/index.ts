import { randomFillSync } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { installed, Setting } from '../content/setting.ts'
import { report, round } from '../report.ts'

const HELP = `npm run bench -- update

A release of 400 files of 1 kB to 1 MB, and the next one, in which one file of twenty has changed: the bytes that a peer
fetches for it, over the bytes of the files that changed..`

const FILES = 400
/** One of so many changes: 5 %. */
const CHANGED = 20
const AIM = 1.05

/** From 1 kB to 1 MB, small ones more often, as in an app. */
const lengthOf = (index: number): number => Math.round(1000 * 1000 ** ((((index * 7919) % FILES) / FILES) ** 2))

const pathOf = (index: number): string => `part-${index % 10}/file-${index}.bin`

export async function benchUpdate(parameters: string[]): Promise<void> {
  const { values } = parseArgs({ args: parameters, options: { help: { type: 'boolean', default: false } } })
  if (values.help) {
    console.log(HELP)
    return
  }
  await using setting = await Setting.make()
  const files = Object.fromEntries(Array.from({ length: FILES }, (_, index) => [pathOf(index), lengthOf(index)]))
  const directory = await setting.directory('app', files)
  const first = await setting.publish(directory)
  const subscription = await setting.subscribe(first.link)
  await installed(subscription, 1)
  await first.close()
  const before = fetchedBy(subscription.traffic)
  let changed = 0
  for (let index = 0; index < FILES; index += CHANGED) {
    await writeFile(join(directory, pathOf(index)), randomFillSync(Buffer.allocUnsafe(lengthOf(index))))
    changed += lengthOf(index)
  }
  const second = await setting.publish(directory, { version: '2' })
  await installed(subscription, 2)
  const fetched = fetchedBy(subscription.traffic) - before
  await Promise.all([subscription.close(), second.close()])
  const all = Object.values(files).reduce((sum, bytes) => sum + bytes, 0)
  const value = round(fetched / changed, 4)
  report(
    'update',
    [
      {
        files: FILES,
        bytes: all,
        'changed files': FILES / CHANGED,
        'changed bytes': changed,
        'fetched bytes': fetched,
        ratio: value,
      },
    ],
    [{ name: 'bytes fetched over the bytes of the files that changed', value, aim: AIM, met: value <= AIM }],
  )
}

function fetchedBy({
  fromPeers,
  fromOrigins,
}: {
  readonly fromPeers: ReadonlyMap<string, number>
  readonly fromOrigins: ReadonlyMap<string, number>
}): number {
  return [...fromPeers.values(), ...fromOrigins.values()].reduce((sum, bytes) => sum + bytes, 0)
}
