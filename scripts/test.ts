// Builds what the tests drive, runs them, and tells the counts as its last line. Parameters go to vitest.
import { readFile } from 'node:fs/promises'
import { run } from './run.ts'

const REPORT = 'dist/test.json'

const built = await run('node', ['scripts/build.ts'])
if (built !== 0) process.exit(built)
const code = await run('vitest', [
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${REPORT}`,
  ...process.argv.slice(2),
])

const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(await readFile(REPORT, 'utf8')) as Report
// In CI everything that the tests need is installed, so what was skipped there has failed.
const skippedFails = process.env['CI'] !== undefined
const failed = numFailedTests + (skippedFails ? numPendingTests : 0)
const skipped = skippedFails ? 0 : numPendingTests
console.log(`${numPassedTests} passed, ${failed} failed, ${skipped} skipped`)
process.exitCode = code !== 0 ? code : Math.min(failed, 1)

interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
}
