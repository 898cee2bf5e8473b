import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { execute, ROOT } from './project.ts'

const MAJOR = 20

/** A Node of that version: the system's own if it is one, else the registry's. */
async function oldNode(folder: string): Promise<string> {
  for (const path of (process.env['PATH'] ?? '').split(delimiter)) {
    const program = join(path, 'node')
    const version = await access(program).then(
      () => execute(program, ['--version'], folder),
      () => '',
    )
    if (version.startsWith(`v${MAJOR}.`)) return program
  }
  const name = `node-${process.platform}-${process.arch}`
  await execute(
    'npm',
    ['install', '--no-audit', '--no-fund', '--silent', '--prefix', folder, `${name}@${MAJOR}`],
    folder,
  )
  return join(folder, 'node_modules', name, 'bin/node')
}

it('under an older Node the module loads, and join says in one sentence what it needs', async () => {
  await using folder = await temporaryFolder()
  const script = `import { join } from '${pathToFileURL(`${ROOT}/dist/sdk/node.js`).href}'
    await join('my-app/lobby', { tracker: 'http://127.0.0.1:9' }).catch(({ code, message }) => console.log(code, message))`
  const node = await oldNode(folder.path)
  const printed = await execute(node, ['--input-type=module', '--eval', script], folder.path)
  expect(printed).toMatch(/^ERR_UNSUPPORTED Edgeswarm needs Node 22 or newer, and this is 20\.\d+\.\d+\.\n$/)
})
