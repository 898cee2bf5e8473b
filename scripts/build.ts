// Builds the Worker as Cloudflare gets it into dist/worker. wrangler runs scripts/page.ts first.
import { rm } from 'node:fs/promises'
import { run } from './run.ts'

await rm('dist/worker', { recursive: true, force: true })
process.exitCode = await run('wrangler', ['deploy', '--dry-run', '--outdir', 'dist/worker'])
