#!/usr/bin/env node
import { untilInterrupted } from './interrupt.ts'
import { Output } from './output.ts'
import { runProgram } from './program.ts'

const OLDEST_NODE = 22

if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
  process.stderr.write(`edgeswarm needs Node ${OLDEST_NODE} or newer, and this is ${process.versions.node}.\n`)
  process.exit(1)
}
const parameters = process.argv.slice(2)
const output = new Output(process.stdout, process.stderr, parameters.includes('--json'), () => performance.now())
const signal = untilInterrupted(() => {
  output.say('Saving and leaving; Ctrl+C again ends at once.', { type: 'closing' })
})
// Whoever read the output reads no more: `edgeswarm inspect … | head`.
process.stdout.on('error', () => process.exit(0))
process.exitCode = await runProgram(parameters, { output, signal, environment: process.env })
