/** What a peer is told when it is to join. */
export interface Go {
  /** `127.0.0.1:<port>`, where the tracker is. */
  readonly host: string
  /** A name that nobody used before. */
  readonly swarm: string
}

/**
 * Joins the swarm.
 *
 * @param linked to be called with the id of each other peer as soon as data can flow to it; again does no harm
 */
export type Join = (go: Go, linked: (id: string) => void) => Promise<void>
