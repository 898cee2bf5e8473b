/** Tells listeners of events, each by its name with one value. A listener that throws stops no other. */
export class Emitter<Events extends Record<string, unknown>> {
  readonly #listeners = new Map<keyof Events, Set<(value: never) => void>>()

  /**
   * Calls `listener` at each event of this name.
   *
   * @returns ends it; so does `signal`
   */
  on<Name extends keyof Events>(
    name: Name,
    listener: (value: Events[Name]) => void,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): () => void {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners)
    // Twice the same listener is two listeners.
    const own = (value: Events[Name]) => {
      listener(value)
    }
    const off = () => {
      listeners.delete(own)
      signal?.removeEventListener('abort', off)
    }
    if (signal?.aborted === true) return off
    listeners.add(own)
    signal?.addEventListener('abort', off)
    return off
  }

  /** @internal */
  emit<Name extends keyof Events>(name: Name, value: Events[Name]): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) {
      try {
        ;(listener as (value: Events[Name]) => void)(value)
      } catch (error) {
        report(error)
      }
    }
  }
}

/** Tells of an error of the app's own code, as the platform does; it must end neither this peer nor its process. */
export function report(error: unknown): void {
  if (typeof reportError === 'function') reportError(error)
  else console.error(error)
}
