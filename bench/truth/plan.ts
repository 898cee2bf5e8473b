/** What happens, to real peers and to simulated ones. Times are in milliseconds. */
export interface Plan {
  /** In all, of which so many are tabs of a browser; the others share so many processes. */
  readonly peers: number
  readonly tabs: number
  readonly processes: number
  readonly joinEvery: number
  readonly settles: number
  /** Messages in all; the authors, one for each process and tab, take turns. */
  readonly messages: number
  readonly publishEvery: number
  readonly arrives: number
}

export const PLAN: Plan = {
  peers: 42,
  tabs: 2,
  processes: 3,
  joinEvery: 250,
  settles: 15_000,
  messages: 60,
  publishEvery: 250,
  arrives: 4000,
}
