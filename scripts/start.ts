// Serves the tracker and its page from the real Worker in workerd, and reloads when a source changes.
import { parsePort } from './port.ts'
import { run } from './run.ts'

const port = parsePort(process.env['PORT'])
console.log(`The tracker and its page: http://localhost:${port}   (Ctrl+C ends them)`)
process.exitCode = await run('wrangler', [
  'dev',
  '--port',
  `${port}`,
  '--show-interactive-dev-session=false',
  '--inspector-port=0',
])
