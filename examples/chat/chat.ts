import { watchCopyButton } from '../base/copy.ts'
import { button, element, setShown, setText } from '../base/dom.ts'
import { watchComposer, watchName } from './composer.ts'
import { Conversation } from './conversation.ts'
import { keepName, OwnMessages, ownName } from './own.ts'
import { MeshPanel } from './mesh/panel.ts'
import { People } from './people.ts'
import { joinProblem, type Problem, whatIsMissing } from './problems.ts'
import { hashOf, newRoom, roomOf } from './room.ts'
import { Session, type Views } from './session.ts'

const RETRY_SECONDS = 10
const ALONE = { count: 1, isExact: true }
const NARROW = '(max-width: 52rem)'

let name = ownName()
let session: Session | undefined
/** Ends the room that is open, or being opened. */
let current = new AbortController()
let retry: ReturnType<typeof setTimeout> | undefined
let unread = 0

const conversation = new Conversation()
const people = new People((peer, files) => session?.sendFiles(peer, files))
const picture = new MeshPanel()
const views: Views = { conversation, people, picture, own: new OwnMessages(), warn, heard }

function follow(): void {
  const room = roomOf(location.hash)
  setText(element('room', HTMLElement), room)
  element('link', HTMLInputElement).value = new URL(hashOf(room), location.href).href
  leave()
  conversation.clear()
  people.show([], ALONE)
  unread = 0
  showTitle()
  void enter(room)
}

async function enter(room: string): Promise<void> {
  const missing = whatIsMissing()
  if (missing !== null) {
    fail({ text: missing, remedy: 'none' })
    return
  }
  const { signal } = (current = new AbortController())
  setState('joining')
  try {
    const opened = await Session.open(room, name, views, signal)
    if (signal.aborted) {
      await opened.leave()
      return
    }
    session = opened
    // The name may have been changed meanwhile.
    opened.rename(name)
    warn(null)
    setState('open')
  } catch (error) {
    if (!signal.aborted) fail(joinProblem(error, RETRY_SECONDS))
  }
}

function leave(): void {
  clearTimeout(retry)
  current.abort()
  void session?.leave()
  session = undefined
}

function fail({ text, remedy }: Problem): void {
  setState('failed')
  warn(text)
  const notice = element('notice', HTMLElement)
  if (remedy === 'retry') {
    notice.append(' ', button('Try now', 'small', follow))
    retry = setTimeout(follow, RETRY_SECONDS * 1000)
  }
}

function setState(state: 'joining' | 'open' | 'failed'): void {
  document.documentElement.dataset['state'] = state
  setText(element('state', HTMLElement), state === 'joining' ? 'Joining' : '')
  element('send', HTMLButtonElement).disabled = state !== 'open'
}

function warn(text: string | null): void {
  const notice = element('notice', HTMLElement)
  setText(notice, text ?? '')
  setShown(notice, text !== null)
}

/** Counts in the title what was said while nobody looked. */
function heard(): void {
  if (!document.hidden) return
  unread++
  showTitle()
}

function showTitle(): void {
  document.title = `${unread > 0 ? `(${unread}) ` : ''}${roomOf(location.hash)} · Edgeswarm chat`
}

function openNewRoom(): void {
  location.hash = hashOf(newRoom(Math.random))
}

function watchWidth(): void {
  const details = element('people', HTMLDetailsElement)
  const narrow = matchMedia(NARROW)
  const adapt = () => {
    details.open = !narrow.matches
  }
  narrow.addEventListener('change', adapt)
  adapt()
}

watchComposer((text) => {
  void session?.say(text)
  return session !== undefined
})
watchName(name, (given) => {
  name = given
  keepName(given)
  session?.rename(given)
})
watchCopyButton((text) => {
  setText(element('spoken', HTMLElement), text)
})
watchWidth()
element('new-room', HTMLButtonElement).addEventListener('click', openNewRoom)
addEventListener('hashchange', follow)
addEventListener('online', () => {
  if (document.documentElement.dataset['state'] === 'failed') follow()
})
document.addEventListener('visibilitychange', () => {
  unread = 0
  showTitle()
})
addEventListener('beforeunload', (event) => {
  if (session?.isBusy === true) event.preventDefault()
})
// Told goodbye, the others need not wait to find out.
addEventListener('pagehide', leave)
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) follow()
})
follow()
