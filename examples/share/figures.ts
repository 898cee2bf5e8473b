import { element, setText } from './dom.ts'
import { formatCount, formatRate, unknown } from './format.ts'

const pollEvery = 5_000
const answerWithin = 5_000

const formats = {
  peers: formatCount,
  swarms: formatCount,
  announcesPerSecond: formatRate,
  refused: formatCount,
}

/** Shows what the tracker says of itself for as long as someone looks at the page. */
export function showFigures(): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let asking = false

  const ask = async () => {
    if (asking || document.hidden) return
    asking = true
    clearTimeout(timer)
    render(await readFigures())
    asking = false
    timer = setTimeout(() => void ask(), pollEvery)
  }

  document.addEventListener('visibilitychange', () => void ask())
  void ask()
}

async function readFigures(): Promise<Record<string, unknown> | undefined> {
  try {
    const response = await fetch('/stats.json', { cache: 'no-store', signal: AbortSignal.timeout(answerWithin) })
    if (!response.ok) return undefined
    const figures: unknown = await response.json()
    return isRecord(figures) ? figures : undefined
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function render(figures: Record<string, unknown> | undefined): void {
  for (const [name, format] of Object.entries(formats)) {
    const value = figures?.[name]
    setText(element(`figure-${name}`, HTMLElement), typeof value === 'number' ? format(value) : unknown)
  }
  const section = element('figures', HTMLElement)
  section.dataset['answering'] = figures ? 'yes' : 'no'
  setText(element('figures-note', HTMLElement), figures ? 'live' : 'tracker not answering')
}
