import { atMost } from '../chat/words.ts'

/** What the bot knows when it answers. */
export interface Surroundings {
  /** Who asks. */
  readonly name: string
  /** What the bot itself is called. */
  readonly ownName: string
  /** Everyone in the room but the bot. */
  readonly others: readonly string[]
  /** Milliseconds to whoever asks and back; `null` if not known. */
  readonly roundTrip: number | null
  readonly now: Date
}

const list = new Intl.ListFormat('en', { type: 'conjunction' })

/** Names in one answer or greeting. */
const MAX_OTHERS = 12
const MAX_GREETED = 3

interface Command {
  readonly says: string
  readonly answer: (surroundings: Surroundings) => string
  /** Whether all bots of a process answer, and not only the first. */
  readonly isForAll?: true
}

// No answer begins with a !, or two bots would never stop talking to each other.
const COMMANDS: Readonly<Record<string, Command>> = {
  '!help': {
    says: 'what I answer',
    answer: () =>
      `I answer to these:\n${Object.entries(COMMANDS)
        .map(([name, { says }]) => `${name} ${says}`)
        .join('\n')}`,
  },
  '!who': {
    says: 'who is here',
    answer: ({ others }) => `Here are ${list.format([...atMost(MAX_OTHERS, others), 'I'])}.`,
  },
  '!roll': {
    says: 'a roll call of all bots',
    answer: ({ ownName }) => `${ownName} is here.`,
    isForAll: true,
  },
  '!time': {
    says: 'the time where I run',
    answer: ({ now }) =>
      `It is ${new Intl.DateTimeFormat('en-GB', { timeStyle: 'long', dateStyle: 'full' }).format(now)}.`,
  },
  '!ping': {
    says: 'how far you are from me',
    answer: ({ name, roundTrip }) =>
      roundTrip === null ? `Pong, ${name}.` : `Pong, ${name}: ${roundTrip.toFixed(0)} ms to you and back.`,
  },
}

/**
 * What the bot says to a message; `null` for nothing.
 *
 * @param isFirst of the bots of its process
 */
export function answerTo(text: string, surroundings: Surroundings, isFirst: boolean): string | null {
  const command = text.trim().toLowerCase()
  const known = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined
  if (!isFirst && known?.isForAll !== true) return null
  if (known) return known.answer(surroundings)
  return /^![a-z]+$/.test(command) ? `I don't know ${command.slice(1)}. Say !help for what I do.` : null
}

export const greeting = (names: readonly string[]): string =>
  `Hello, ${list.format(atMost(MAX_GREETED, names))}! Say !help for what I do.`
