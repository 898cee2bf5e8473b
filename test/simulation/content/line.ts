import type { Agenda } from '../agenda.ts'

/** A line that carries one thing after the other. */
export class Line {
  readonly #agenda: Agenda
  /** Bytes a second. */
  rate: number
  #freeAt = 0
  /** Bytes carried. */
  carried = 0

  constructor(agenda: Agenda, rate: number) {
    this.#agenda = agenda
    this.rate = rate
  }

  /** When the line will have carried so many bytes, if they come at a time (ms). */
  carry(bytes: number, from = this.#agenda.now): number {
    this.carried += bytes
    this.#freeAt = Math.max(from, this.#freeAt) + (bytes * 1000) / this.rate
    return this.#freeAt
  }
}
