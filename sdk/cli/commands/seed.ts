import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Link } from '../../../protocol/content/link.ts'
import type { Command, Context } from '../command.ts'
import { follow } from '../follow.ts'
import { EXCHANGE, subscribeAs } from '../subscribing.ts'
import { linkOf } from '../tracker.ts'

export const seed: Command = {
  name: 'seed',
  says: 'follow a channel and share it until Ctrl+C',
  takes: '<link> [<directory>]',
  words: [1, 2],
  explains: [
    'Fetches each release of the channel as it comes, and shares it with everybody else, so that publisher and origin have less to send. It waits for a tracker that does not answer, and for a channel that is not there yet.',
    'Without a directory the files lie in edgeswarm/ in the cache directory (XDG_CACHE_HOME, else ~/.cache).',
  ],
  options: EXCHANGE,
  examples: [
    ['seed https://tracker.example.com/releases/<publisher>/stable', 'shares whatever is newest there'],
    ['seed <link> ./app --limit-up 500kB', 'into ./app, and sends no more than 500 kB a second'],
  ],
  run,
}

async function run(context: Context): Promise<void> {
  const { given, output, environment } = context
  const [text = '', named] = given.words
  const link = linkOf(text)
  const directory = named ?? cacheFolder(link, environment)
  await using subscription = await subscribeAs(link, directory, given)
  const { installed } = subscription
  output.say(
    installed === null ? `The files will be in ${directory}.` : `Release ${installed} is in ${directory} already.`,
    { type: 'following', directory, number: installed },
  )
  await follow(subscription, context, directory, null)
}

function cacheFolder({ publisher, channel }: Link, { XDG_CACHE_HOME: cache }: Context['environment']): string {
  // The specification has a relative XDG_CACHE_HOME ignored.
  const base = cache?.startsWith('/') === true ? cache : join(homedir(), '.cache')
  return join(base, 'edgeswarm', publisher, channel)
}
