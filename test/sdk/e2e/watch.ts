/** Lets a test wait for what many tell it. */
export class Watch {
  #looks: (() => void)[] = []
  #failure: Error | null = null

  /** Something may be different now. */
  changed(): void {
    for (const look of [...this.#looks]) look()
  }

  /** Whatever is waited for will not come. */
  fail(error: Error): void {
    this.#failure ??= error
    this.changed()
  }

  /**
   * Settles once nothing is missing.
   *
   * @param patience in milliseconds: then it rejects, and says what is still missing
   */
  until(missing: () => readonly string[], patience: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (action: () => void) => {
        clearTimeout(timer)
        this.#looks = this.#looks.filter((one) => one !== look)
        action()
      }
      const look = () => {
        const failure = this.#failure
        if (failure) {
          settle(() => {
            reject(failure)
          })
        } else if (missing().length === 0) settle(resolve)
      }
      const timer = setTimeout(() => {
        settle(() => {
          reject(new Error(`After ${patience} ms this is still missing:\n${missing().join('\n')}`))
        })
      }, patience)
      this.#looks.push(look)
      look()
    })
  }
}
