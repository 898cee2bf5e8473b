import { announceHttp, scrapeHttp } from './http.ts'
import type { Effect, HubEvent } from './event.ts'
import type { Figures } from './figures.ts'
import { receive } from './message.ts'
import { close, open } from './presence.ts'
import type { HubState } from './state.ts'
import { sweep } from './sweep.ts'
import { wake } from './wake.ts'

/**
 * Decides what a hub does about an event: changes `state`, and returns what is left to do outside.
 *
 * @param now milliseconds since the epoch
 * @param random uniform in [0, 1)
 */
export function handle(state: HubState, event: HubEvent, now: number, random: () => number): Effect[] {
  const effects: Effect[] = []
  switch (event.type) {
    case 'wake':
      wake(state, event.memory)
      break
    case 'open':
      open(state, event, now, effects)
      break
    case 'message':
      receive(state, event, now, random, effects)
      break
    case 'close':
      close(state, event.socket, effects)
      break
    case 'httpAnnounce':
      announceHttp(state, event, now, random, effects)
      break
    case 'httpScrape':
      scrapeHttp(state, event, now, effects)
      break
    case 'sweep':
      sweep(state, event.pings, now, effects)
      break
  }
  return effects
}

/** The figures of a hub as they are now. */
export function figuresOf({ counters, sockets, swarms, totals, since }: HubState, now: number): Figures {
  const { websocket, http } = totals
  const { announces, offers, answers, scrapes, refusedBy } = counters
  const peers = websocket.members + http.members
  const seeds = websocket.seeds + http.seeds
  return {
    sockets: sockets.size,
    peers,
    seeds,
    leeches: peers - seeds,
    websocketPeers: websocket.members,
    httpPeers: http.members,
    swarms: swarms.size,
    announces,
    announcesPerSecond: counters.announceFrequency.perSecond(now),
    offers,
    answers,
    scrapes,
    refused: Object.values(refusedBy).reduce((sum, count) => sum + count, 0),
    refusedBy: { ...refusedBy },
    since,
  }
}
