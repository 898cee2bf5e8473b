/** What is to happen, in the order of time: an array for each millisecond, as most things happen soon. */
export class Agenda {
  readonly #slots = new Map<number, (() => void)[]>()
  now = 0
  /** Things that have happened. */
  count = 0

  at(time: number, action: () => void): void {
    const slot = Math.max(Math.ceil(time), this.now)
    const actions = this.#slots.get(slot)
    if (actions) actions.push(action)
    else this.#slots.set(slot, [action])
  }

  after(delay: number, action: () => void): void {
    this.at(this.now + delay, action)
  }

  /** The action happens so often within so long (ms), the first time at once. */
  spread(times: number, during: number, action: () => void): void {
    for (let time = 0; time < times; time++) this.after((time * during) / times, action)
  }

  /** Lets everything happen up to this time. */
  runUntil(time: number): void {
    for (; this.now < time; this.now++) {
      const actions = this.#slots.get(this.now)
      if (!actions) continue
      // What is added meanwhile for the same millisecond comes at its end.
      for (const action of actions) action()
      this.count += actions.length
      this.#slots.delete(this.now)
    }
  }
}
