import { isChannel } from '../../../protocol/content/release.ts'
import { formatLink } from '../../../protocol/content/link.ts'
import { isKey } from '../../../protocol/content/text.ts'
import { isObject } from '../../../protocol/websocket/object.ts'
import type { Command, Context } from '../command.ts'
import { TRACKER } from '../command.ts'
import { numberIn, textIn } from '../fields.ts'
import { askTracker, trackerOf } from '../tracker.ts'
import { formatCount, formatDay, formatSize } from '../units.ts'

export const search: Command = {
  name: 'search',
  says: 'find public releases on a tracker',
  takes: '<words>',
  words: [1, 50],
  explains: [
    'Looks for releases with all these words in their name, summary, tags, channel, version or file names, the best first. What is found is what the tracker says; get and inspect check it.',
  ],
  options: { tracker: TRACKER },
  examples: [['search tiny model --tracker https://tracker.example.com', 'prints names, sizes and links']],
  run,
}

async function run(context: Context): Promise<void> {
  const { given, output, signal } = context
  const tracker = trackerOf(context)
  const words = given.words.join(' ')
  const found = await askTracker(`${tracker}/releases?q=${encodeURIComponent(words)}`, signal)
  const releases = isObject(found) && Array.isArray(found['releases']) ? (found['releases'] as unknown[]) : []
  let count = 0
  for (const release of releases) {
    if (!isObject(release)) continue
    const { publisher, channel } = release
    if (!isKey(publisher) || !isChannel(channel)) continue
    const link = formatLink({ tracker, publisher, channel })
    output.result(described(release, link), { ...release, type: 'found', link })
    count++
  }
  if (count === 0 && !output.isJson) {
    output.say(`${tracker} has no public release with "${words}" in it.`, { type: 'nothing' })
  }
}

function described(release: Readonly<Record<string, unknown>>, link: string): string {
  const facts = [
    formatCount(numberIn(release, 'files'), 'file'),
    formatSize(numberIn(release, 'bytes')),
    formatDay(numberIn(release, 'published')),
  ]
  const title = `${textIn(release, 'name')} ${textIn(release, 'version')}  (${facts.join(', ')})`
  const summary = textIn(release, 'summary')
  return [title, ...(summary === '' ? [] : [`  ${summary}`]), `  ${link}`].join('\n')
}
