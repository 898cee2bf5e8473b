const pollEvery = 5_000
const answerWithin = 5_000
// By then the tracker counts what the page has just told it.
const againAfter = 1_000

export type Figures = Readonly<Record<string, unknown>>

/**
 * Asks the tracker what it says of itself, for as long as someone looks at the page.
 *
 * @param show is given the figures, or undefined when the tracker did not answer
 * @returns asks at once, for when the page knows that the figures are about to change
 */
export function pollFigures(show: (figures: Figures | undefined) => void): () => void {
  let next: ReturnType<typeof setTimeout> | undefined
  let soon: ReturnType<typeof setTimeout> | undefined
  let asking = false

  const ask = async () => {
    if (asking || document.hidden) return
    asking = true
    clearTimeout(next)
    const figures = await readFigures()
    document.documentElement.dataset['answering'] = figures ? 'yes' : 'no'
    show(figures)
    asking = false
    next = setTimeout(() => void ask(), pollEvery)
  }

  document.addEventListener('visibilitychange', () => void ask())
  void ask()
  return () => {
    clearTimeout(soon)
    soon = setTimeout(() => void ask(), againAfter)
    void ask()
  }
}

async function readFigures(): Promise<Figures | undefined> {
  try {
    const response = await fetch('/stats.json', { cache: 'no-store', signal: AbortSignal.timeout(answerWithin) })
    if (!response.ok) return undefined
    const figures: unknown = await response.json()
    return isRecord(figures) ? figures : undefined
  } catch {
    return undefined
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
