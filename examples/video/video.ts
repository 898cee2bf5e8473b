import { EdgeswarmError, install, type Installed, parseLink } from 'edgeswarm/content'
import { element, setShown, setText } from '../base/dom.ts'
import { playableOf } from './files.ts'
import { hideAll, say, showGiven, showNotice } from './view.ts'

/** The counters are read so often, in milliseconds. */
const SHOWN_EVERY = 500

const video = element('video', HTMLVideoElement)
const choice = element('files', HTMLSelectElement)

/** The address of this page says what is watched: `/video#<link>`. */
const linkOf = (): string => decodeURIComponent(location.hash.slice(1))

async function watch(link: string): Promise<void> {
  hideAll()
  setShown(element('watch', HTMLElement), true)
  say('Looking for the release')
  const found = await install(link, { scope: '/video' })
  if (!found.isInstalled) {
    say('')
    showNotice(`${found.reason} Without that this page can’t ask other viewers.`)
    return
  }
  await play(found)
}

async function play(installed: Installed): Promise<void> {
  const { subscription } = installed
  subscription.on('problem', showNotice)
  subscription.on('failed', ({ message }) => {
    showNotice(message)
  })
  const release = await subscription.known()
  setText(element('title', HTMLElement), release.name)
  setText(element('summary', HTMLElement), release.summary)
  document.title = `${release.name} · Edgeswarm`
  setInterval(() => {
    showGiven(subscription)
  }, SHOWN_EVERY)
  say('Looking for who has it')
  const [first, ...others] = await playableOf(subscription)
  if (first === undefined) {
    say('')
    showNotice('This release has no video that a browser plays.')
    return
  }
  const show = async (path: string) => {
    video.src = await installed.address(path)
    say('')
  }
  choice.replaceChildren(...[first, ...others].map((path) => new Option(path, path)))
  choice.addEventListener('change', () => void show(choice.value))
  setShown(element('choice', HTMLElement), others.length > 0)
  await show(first)
}

function begin(): void {
  const link = linkOf()
  if (link === '') {
    hideAll()
    setShown(element('ask', HTMLElement), true)
    return
  }
  watch(link).catch((error: unknown) => {
    if (!(error instanceof EdgeswarmError)) throw error
    say('')
    showNotice(error.message)
  })
}

element('form', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault()
  const field = element('link', HTMLInputElement)
  field.setCustomValidity(
    parseLink(field.value) ? '' : 'A link is like https://tracker.example.com/releases/<publisher>/<channel>.',
  )
  if (field.reportValidity()) location.hash = field.value.trim()
})
element('link', HTMLInputElement).addEventListener('input', ({ target }) => {
  if (target instanceof HTMLInputElement) target.setCustomValidity('')
})
video.addEventListener('error', () => {
  showNotice('The video stopped: nobody who is here has the rest of it.')
})
// Another link is another page: nothing of the one before is left.
addEventListener('hashchange', () => {
  location.reload()
})
begin()
