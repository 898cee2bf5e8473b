/** Who is measured, and how. */
export interface Contender {
  readonly name: string
  /** Of its file in contenders/. */
  readonly file: string
  readonly tracker: 'edgeswarm' | 'bittorrent-tracker'
  readonly isGatheringTold: boolean
  /** How often it waits for long: it is measured less often, and while others wait too. */
  readonly isSlow: boolean
}

const contender = (name: string, file: string, more: Partial<Contender> = {}): Contender => ({
  name,
  file,
  tracker: 'edgeswarm',
  isGatheringTold: false,
  isSlow: false,
  ...more,
})

export const EDGESWARM = contender('edgeswarm', 'edgeswarm')

export const CONTENDERS: readonly Contender[] = [
  EDGESWARM,
  contender('trystero', 'trystero', { isSlow: true }),
  contender('trystero on bittorrent-tracker', 'trystero', { tracker: 'bittorrent-tracker', isSlow: true }),
  contender('p2pt', 'p2pt', { isSlow: true }),
  contender('webtorrent', 'webtorrent', { isSlow: true }),
  contender('p2pt, told', 'p2pt', { isGatheringTold: true }),
]

export interface Setting {
  readonly peers: number
  /** All join at the same moment; otherwise the last one joins those that are there. */
  readonly isAtOnce: boolean
}

export const PAIR: Setting = { peers: 2, isAtOnce: false }
export const PAIR_AT_ONCE: Setting = { peers: 2, isAtOnce: true }
export const EIGHT: Setting = { peers: 8, isAtOnce: true }
export const SETTINGS = [PAIR, PAIR_AT_ONCE, EIGHT]

/** Nobody else is measured meanwhile. Of eight peers of the others some never meet, so that they all take half a minute. */
export const isAlone = ({ peers }: Setting, contender: Contender): boolean =>
  contender === EDGESWARM || (peers === 2 && !contender.isSlow)

/** How many swarms. */
export function roundsOf(setting: Setting, { isSlow, file }: Contender, joins: number): number {
  if (file === 'edgeswarm') return setting.peers === 2 ? joins : Math.ceil(joins / 5)
  if (setting.peers > 2) return 2
  if (!isSlow) return 10
  return file === 'trystero' ? 8 : 3
}
