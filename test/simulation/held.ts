type Range = readonly [least: number, most: number]
type Ranges = Readonly<Record<string, Range>>

const NO_MISTAKES: Ranges = { duplicates: [0, 0], disorder: [0, 0], wronglyPast: [0, 0] }
const ALL_REACHED: Ranges = { reach: [1, 1], ...NO_MISTAKES }

/** Nobody waits for what does not come. */
const SOON: Ranges = { slowest: [0, 3000] }

/** What holds in each scenario, whatever numbers are accepted beside that. */
const HELD: Readonly<Record<string, Ranges>> = {
  steady: {
    ...ALL_REACHED,
    fewestNeighbours: [5, 10],
    mostLinks: [5, 12],
    oneSided: [0, 0],
    idleBytes: [0, 100],
    redundancy: [0, 0.3],
    lastHop: [1, 12],
    timeRatio: [0, 2],
  },
  'steady, 200 peers': { wrongEstimates: [0, 0] },
  churn: { ...NO_MISTAKES, reach: [0.9999, 1], parts: [1, 1] },
  halved: { ...ALL_REACHED, again: [0, 5000], parts: [1, 1] },
  'cut off': { back: [1, 1], slowest: [0, 5000] },
  parted: { ...ALL_REACHED, missedApart: [0, 0], healed: [0, 60_000], parts: [1, 1] },
  // Each peer asks the tracker once in two hours.
  outage: { ...ALL_REACHED, ...SOON, mostParts: [1, 1], asks: [0, 5], wrongEstimates: [0, 0] },
  leaving: { ...ALL_REACHED, ...SOON, missedLastWords: [0, 0] },
  small: { ...ALL_REACHED, ...SOON, unlinkedInTheEnd: [0, 0], wrongEstimates: [0, 0] },
  islands: { ...ALL_REACHED, islands: [2, 200], together: [0, 20_000], wrongEstimates: [0, 0] },
  flooder: { ...ALL_REACHED, mostOfFlood: [1, 5000] },
  'black hole': ALL_REACHED,
  // Twice their share of the peers; the peers are 160, and one of those that come meets none but them.
  eclipse: { ...ALL_REACHED, sybilsInViews: [0, 0.4], eclipsed: [0, 1], parts: [1, 2] },
  forger: { ...NO_MISTAKES, reach: [0.9999, 1] },
  replayer: { ...ALL_REACHED, wrongEstimates: [0, 0], forgottenDuplicates: [0, 0], forgottenDisorder: [0, 0] },
  gossipsub: { reach: [1, 1] },
  flooding: { reach: [1, 1], redundancy: [3.9, 4.1] },
  chaos: { ...ALL_REACHED, parts: [1, 1], oneSided: [0, 0] },
}

export const heldOf = (name: string, key = name): Ranges => ({ ...HELD[name], ...HELD[key] })
