import { keysFolder, listKeys, loadKey, makeKey } from '../../content/keys.ts'
import type { Command, Context } from '../command.ts'
import { suggestion } from '../nearest.ts'
import { UsageError } from '../usage-error.ts'

export const keys: Command = {
  name: 'keys',
  says: 'list the keys that sign releases, make one, show one',
  takes: '[list | new <name> | show <name>]',
  words: [0, 2],
  explains: [
    "Whoever has a key's file publishes in its name: nobody can take that back, so keep it secret, and keep a copy. Links carry the public key only. To replace a key, publish once more with the old one and --hand-over.",
    'Keys lie in edgeswarm/keys in the configuration directory (XDG_CONFIG_HOME, else ~/.config), or where EDGESWARM_KEYS says.',
  ],
  options: {},
  examples: [
    ['keys', 'lists them'],
    ['keys new work', 'makes one, for publish --key work'],
    ['keys show work', 'prints its public key'],
  ],
  run,
}

async function run({ given, output, environment }: Context): Promise<void> {
  const [action = 'list', name] = given.words
  const folder = keysFolder(environment)
  if (action === 'list' && name === undefined) {
    const found = await listKeys(folder)
    if (found.length === 0 && !output.isJson) output.say(`There is no key in ${folder} yet.`, { type: 'keys' })
    for (const key of found) output.result(`${key.name}  ${key.publisher}  ${key.path}`, { type: 'key', ...key })
  } else if (action === 'new' && name !== undefined) {
    const { publisher, path } = await makeKey(name, folder)
    output.say(`Made the key "${name}": ${path}`, { type: 'made', name, path })
    output.result(publisher, { type: 'key', name, publisher, path })
  } else if (action === 'show' && name !== undefined) {
    const { publisher, path } = await loadKey(name, folder)
    output.result(publisher, { type: 'key', name, publisher, path })
  } else throw misused(action, name)
}

function misused(action: string, name: string | undefined): UsageError {
  const actions = ['list', 'new', 'show']
  if (!actions.includes(action)) {
    return new UsageError(`There is no "keys ${action}".${suggestion(action, actions)} edgeswarm keys --help tells.`)
  }
  return new UsageError(
    name === undefined ? `Which key? edgeswarm keys ${action} <name>` : `edgeswarm keys list takes no name.`,
  )
}
