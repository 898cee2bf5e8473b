import { parseArgs } from 'node:util'
import { LIMITS, LISTS, SECRETS } from '../worker/core/limits.ts'
import { parsePort } from './port.ts'
import { run } from './run.ts'
import { builtTracker, workerdPath, writeWorkerdConfig } from './workerd.ts'

const HELP = `Serves the tracker on this machine with plain workerd: the build that Cloudflare would get.

  npm run self-host -- [options]

  --port PORT        the port to listen on (default 8787, or the variable PORT)
  --host ADDRESS     the address to listen on (default *: all of them; 127.0.0.1 behind a reverse proxy)
  --state FOLDER     where HTTP peers, download counts and releases are kept (default .edgeswarm/state)
  --var NAME=VALUE   a setting that differs from [vars] in wrangler.toml; may be given again
  --help             this text

Browsers reach a tracker from an https page only by wss: put a reverse proxy with TLS in front, and name the
header in which it passes the client's address, such as --var ADDRESS_HEADER=X-Forwarded-For.`

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    host: { type: 'string', default: '*' },
    state: { type: 'string', default: '.edgeswarm/state' },
    var: { type: 'string', multiple: true, default: [] },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.log(HELP)
  process.exit(0)
}

const port = parsePort(values.port ?? process.env['PORT'])
const vars = readVars(values.var)
const built = await run('node', ['scripts/build.ts'])
if (built !== 0) process.exit(built)
const tracker = await builtTracker(`${values.host}:${port}`, vars)
const config = await writeWorkerdConfig(values.state, values.state, [tracker])
console.log(`\nThe tracker and its page: http://localhost:${port}   (state in ${values.state}; Ctrl+C ends it)`)
process.exitCode = await run(workerdPath(), ['serve', config])

/** Reads what `--var` gave. Ends the process with one sentence if it is no setting. */
function readVars(assignments: readonly string[]): Record<string, string> {
  const vars: Record<string, string> = {}
  for (const assignment of assignments) {
    const [name = '', value] = assignment.split(/=(.*)/s, 2)
    if (![LIMITS, LISTS, SECRETS].some((settings) => name in settings))
      fail(`${name} is no setting; docs/OPERATING.md lists them.`)
    if (value === undefined) fail(`${name} needs a value: --var ${name}=VALUE`)
    vars[name] = value
  }
  return vars
}

function fail(reason: string): never {
  console.error(reason)
  process.exit(2)
}
