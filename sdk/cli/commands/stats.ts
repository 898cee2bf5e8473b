import { isObject } from '../../../protocol/websocket/object.ts'
import { EdgeswarmError } from '../../error.ts'
import { type Command, type Context, TRACKER } from '../command.ts'
import { numberIn, textIn } from '../fields.ts'
import { askTracker, trackerOf } from '../tracker.ts'
import { formatSize } from '../units.ts'

export const stats: Command = {
  name: 'stats',
  says: 'what a tracker has to do, and how much origins were spared',
  takes: '',
  words: [0, 0],
  explains: [
    'Prints the figures of a tracker. Counters count since it was started, or last woke up. Where content came from is what peers report: nobody can verify it.',
  ],
  options: { tracker: TRACKER },
  examples: [
    ['stats --tracker https://tracker.example.com', 'a table'],
    ['stats --tracker https://tracker.example.com --json', 'all of stats.json in one line'],
  ],
  run,
}

async function run(context: Context): Promise<void> {
  const tracker = trackerOf(context)
  const figures = await askTracker(`${tracker}/stats.json`, context.signal)
  if (!isObject(figures)) {
    throw new EdgeswarmError('ERR_TRACKER', `${tracker} has no figures: is it a tracker of Edgeswarm?`)
  }
  context.output.result(tableOf(figures), { ...figures, type: 'stats' })
}

function tableOf(figures: Readonly<Record<string, unknown>>): string {
  const count = (name: string) => numberIn(figures, name).toLocaleString('en')
  const reported = isObject(figures['reported']) ? figures['reported'] : {}
  const peers = numberIn(reported, 'bytesFromPeers')
  const origin = numberIn(reported, 'bytesFromOrigin')
  const rows = [
    ['peers', `${count('peers')} (${count('seeds')} have everything) in ${count('swarms')} swarms`],
    ['sockets', count('sockets')],
    ['announces', `${count('announces')} (${count('announcesPerSecond')} a second)`],
    ['offers, answers', `${count('offers')}, ${count('answers')}`],
    ['refused', count('refused')],
    ['since', textIn(figures, 'since')],
    ['from peers', `${formatSize(peers)}, as peers reported`],
    ['from origins', `${formatSize(origin)}, as peers reported`],
    [
      'origins spared',
      peers + origin === 0 ? 'nothing was reported' : `${Math.round((100 * peers) / (peers + origin))} %`,
    ],
  ]
  return rows.map(([name = '', value = '']) => `${name.padEnd(16)}${value}`).join('\n')
}
