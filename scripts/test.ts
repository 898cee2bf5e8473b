// Builds what the tests drive, runs them, and tells the counts as its last line. Parameters go to vitest.
import { readFile, rm } from 'node:fs/promises'
import { run } from './run.ts'

const REPORT = 'dist/test.json'

for (const build of ['scripts/build.ts', 'scripts/sdk.ts']) {
  const built = await run('node', [build])
  if (built !== 0) process.exit(built)
}
await rm(REPORT, { force: true })
const code = await run('vitest', [
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${REPORT}`,
  ...process.argv.slice(2),
])

const report = await readFile(REPORT, 'utf8').then(
  (text) => JSON.parse(text) as Report,
  () => ({ numPassedTests: 0, numFailedTests: 0, numFailedTestSuites: 1, numPendingTests: 0 }),
)
// In CI everything that the tests need is installed, so what was skipped there has failed.
const skippedFails = process.env['CI'] !== undefined
const skipped = skippedFails ? 0 : report.numPendingTests
// A file that can't be loaded fails without a test, and vitest itself may fail without either.
const failures = report.numFailedTests + report.numPendingTests - skipped
const failed = Math.max(failures, report.numFailedTestSuites, code === 0 ? 0 : 1)
console.log(`${report.numPassedTests} passed, ${failed} failed, ${skipped} skipped`)
process.exitCode = failed === 0 ? 0 : 1

interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numFailedTestSuites: number
  readonly numPendingTests: number
}
