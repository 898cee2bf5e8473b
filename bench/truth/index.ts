import { parseArgs } from 'node:util'
import { report, type Row, round } from '../report.ts'
import type { Figures } from './figures.ts'
import { PLAN } from './plan.ts'
import { runReal } from './real.ts'
import { runSimulated } from './simulated.ts'

const HELP = `npm run bench -- truth

Whether the simulation tells the truth: 42 real peers over WebRTC on this machine, 40 in three Node processes and two in
tabs of Chromium, beside 42 simulated ones whose links take a millisecond. Both join one after the other, and then five
of them publish 60 messages in turns. Hops and times are those to the last peer, of the second half of the messages;
the time of the real ones is also that of two cores which 42 peers share.`

export async function benchTruth(parameters: string[]): Promise<void> {
  const { values } = parseArgs({ args: parameters, options: { help: { type: 'boolean', default: false } } })
  if (values.help) {
    console.log(HELP)
    return
  }
  const simulated = runSimulated(PLAN, 1)
  const real = await runReal(PLAN)
  report(
    'truth',
    [rowOf('real', real), rowOf('simulated', simulated)],
    [
      { name: 'reach, real', value: real.reach, aim: 1, met: real.reach === 1 },
      {
        name: 'mean links, real over simulated',
        value: round(real.meanLinks / simulated.meanLinks, 2),
        aim: 1,
        met: Math.abs(real.meanLinks / simulated.meanLinks - 1) < 0.2,
      },
      {
        name: 'last hop p50, real less simulated',
        value: real.lastHop - simulated.lastHop,
        aim: 1,
        met: Math.abs(real.lastHop - simulated.lastHop) <= 1,
      },
    ],
  )
}

const rowOf = (peers: string, figures: Figures): Row => ({
  peers,
  reach: round(figures.reach, 4),
  'mean links': round(figures.meanLinks, 1),
  'most links': figures.mostLinks,
  'right counts': round(figures.rightCounts, 2),
  'last hop p50': figures.lastHop,
  'most hops': figures.mostHops,
  'last ms p50': round(figures.lastP50, 0),
  'last ms p95': round(figures.lastP95, 0),
})
