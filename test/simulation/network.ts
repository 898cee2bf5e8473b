import { Agenda } from './agenda.ts'

/** What of a network of the world a scenario can change. */
export interface Conditions {
  /** Share of messages that are lost at first and come a retransmission later. */
  loss: number
  /** Share of pairs that no connection can be made between. */
  unreachable: number
}

/** One end of the network. */
export interface Host {
  readonly x: number
  readonly y: number
  /** Its way to the next exchange, in milliseconds. */
  readonly access: number
  /** Which half of the network it is in, while that is parted. */
  readonly side: number
}

/** Milliseconds of the longest way, but for access. */
const WORLD = 110
/** Access takes so long on average, in milliseconds. */
const ACCESS = 6
/** What a lost message costs beside one way more: a retransmission timer of SCTP, or its fast retransmission. */
const RETRANSMISSION = 80

/** Latencies, loss and partitions: messages of one link stay in order and always come, as SCTP has it. */
export class Network {
  readonly agenda = new Agenda()
  readonly random: () => number
  readonly conditions: Conditions = { loss: 0.01, unreachable: 0 }
  isParted = false

  constructor(random: () => number) {
    this.random = random
  }

  newHost(): Host {
    const { random } = this
    const access = 1 - Math.log(1 - random()) * ACCESS
    return { x: random(), y: random(), access, side: random() < 0.5 ? 0 : 1 }
  }

  /** One way, in milliseconds. */
  latency(one: Host, other: Host): number {
    const distance = Math.hypot(one.x - other.x, one.y - other.y)
    return one.access + other.access + (distance * WORLD) / Math.SQRT2 + 1
  }

  /** How long a message takes this time. */
  delay(latency: number): number {
    const { random, conditions } = this
    return latency * (1 + 0.1 * random()) + (random() < conditions.loss ? latency + RETRANSMISSION : 0)
  }

  areParted(one: Host, other: Host): boolean {
    return this.isParted && one.side !== other.side
  }

  /** Whether a connection between the two can be made at all; the same answer each time. */
  canConnect(one: Host, other: Host): boolean {
    if (this.areParted(one, other)) return false
    if (this.conditions.unreachable === 0) return true
    const mixed = Math.abs(Math.sin((one.x + other.x) * 12_345.678 + (one.y + other.y) * 2345.6789)) * 1000
    return mixed % 1 >= this.conditions.unreachable
  }
}
