// Installs what package-lock.json names, on first use and after it changed. It runs before anything is
// installed, on whatever Node the machine has, so it is plain JavaScript and imports only Node itself.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const stamp = `${root}node_modules/.edgeswarm-installed`
const oldestNode = 20

const major = Number(process.versions.node.split('.')[0])
if (major < oldestNode) {
  console.error(
    `Edgeswarm needs Node ${oldestNode} or newer; this is ${process.version}. Install a newer one and try again.`,
  )
  process.exit(1)
}

// The platform belongs to the key: node_modules holds binaries, and a folder can move between machines.
const wanted = createHash('sha256')
  .update(readFileSync(`${root}package-lock.json`))
  .update(`${process.platform} ${process.arch}`)
  .digest('hex')

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  console.log('Installing the packages that package-lock.json names (once, about a minute) …')
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  // Not `npm ci`: it refuses a lock file that lacks the binaries of some other platform, and a registry
  // that has not seen those yet leaves them out.
  const install = spawnSync(npm, ['install', '--no-save', '--loglevel=error'], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  if (install.status !== 0) {
    console.error(
      'The install failed; npm says why above. The npm registry must be reachable. Then run the same command again.',
    )
    process.exit(install.status ?? 1)
  }
  writeFileSync(stamp, wanted)
  console.log('Installed.\n')
}
