import { ContentError } from '../../content/error.ts'
import type { Command, Context } from '../command.ts'
import { follow, noteOf, titleOf } from '../follow.ts'
import { newestOf } from '../newest.ts'
import { EXCHANGE, subscribeAs } from '../subscribing.ts'
import { linkOf } from '../tracker.ts'

export const get: Command = {
  name: 'get',
  says: 'fetch the newest release of a channel into a folder',
  takes: '<link> <directory>',
  words: [2, 2],
  explains: [
    'Fetches the newest release that the link leads to, from peers and from its origins, checks every byte against what the publisher signed, and then switches the folder to it at once: the folder is a symbolic link to what lies in a hidden one beside it. Run again, it fetches only what has changed; what was interrupted goes on where it was.',
    'It ends when the newest release is in its place. As long as nobody is there who has the files, it waits.',
  ],
  options: { ...EXCHANGE, seed: { says: 'go on sharing, and follow the channel, until Ctrl+C' } },
  examples: [
    ['get https://tracker.example.com/releases/<publisher>/stable ./app', 'fetches it into ./app'],
    ['get <link> ./app --seed', 'shares it from then on, and newer releases as they come'],
    ['get <link> ./app --json', 'tells how far it is, and where bytes come from, as JSON lines'],
  ],
  run,
}

async function run(context: Context): Promise<void> {
  const { given, output, signal } = context
  const [text = '', directory = ''] = given.words
  const link = linkOf(text)
  const { release, problem } = await newestOf(link, signal)
  if (problem !== null) throw new ContentError('ERR_RELEASE', problem)
  await using subscription = await subscribeAs(link, directory, given)
  if (subscription.installed === release.number) {
    const note = { type: 'installed', ...noteOf(release), directory, fromPeers: 0, fromOrigin: 0, fromDisk: 0 }
    output.result(`${titleOf(release)} is in ${directory} already.`, note)
  }
  await follow(subscription, context, directory, release.number)
  if (given.has('seed')) await follow(subscription, context, directory, null)
}
