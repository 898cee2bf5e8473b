/** One download. */
export interface Plan {
  readonly streams: number
  /** Of each stream. */
  readonly bytes: number
}

/** What an end is told to do, and what it answers. */
export interface Commands {
  /** A bare connection, step by step; descriptions come with all candidates. */
  offer(): Promise<string>
  answer(offer: string): Promise<string>
  accept(answer: string): Promise<null>
  opened(): Promise<null>
  /** Downloads from the other end of the bare connection, in messages of so many bytes; returns seconds. */
  downloadBare(plan: Plan & { readonly messageSize: number }): Promise<number>
  /** Joins and serves downloads. */
  serve(tracker: string): Promise<null>
  /** Joins and waits for the peer that serves. */
  join(tracker: string): Promise<null>
  /** Downloads from the peer that serves; returns seconds. */
  download(plan: Plan): Promise<number>
}

export type CommandName = keyof Commands

/** How many bare channels there are: as many as the most streams. */
export const CHANNELS = 8
