import { element, setText } from '../base/dom.ts'
import { pollFigures } from '../base/figures.ts'
import { formatCount, formatRate, unknown } from '../base/numbers.ts'

const formats = {
  peers: formatCount,
  swarms: formatCount,
  announcesPerSecond: formatRate,
  refused: formatCount,
}

/**
 * Shows what the tracker says of itself beside the transfer.
 *
 * @returns asks the tracker at once
 */
export function showFigures(): () => void {
  return pollFigures((figures) => {
    for (const [name, format] of Object.entries(formats)) {
      const value = figures?.[name]
      setText(element(`figure-${name}`, HTMLElement), typeof value === 'number' ? format(value) : unknown)
    }
    setText(element('figures-note', HTMLElement), figures ? 'every 5 s' : 'tracker not answering')
  })
}
