/**
 * Reads BEP 3's encoding in its one strict form, step by step and without making what nobody asks for: integers
 * without leading zeros, keys in order and each once. What is wrong throws a {@link BencodeError}.
 */
export class BencodeReader {
  readonly #bytes: Uint8Array
  #at = 0
  #depth = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** A whole number from 0 that a double can hold. */
  readCount(): number {
    this.#take(INTEGER)
    return this.#readDigits(END)
  }

  /** A string of at most so many bytes; it shares memory with what is read. */
  readBytes(most: number): Uint8Array {
    const length = this.#readDigits(COLON)
    if (length > most || length > this.#bytes.length - this.#at) throw new BencodeError()
    return this.#bytes.subarray(this.#at, (this.#at += length))
  }

  readList(readItem: () => void): void {
    this.#take(LIST)
    this.#nested(readItem)
  }

  /**
   * @param readMember has to read the value: by {@link skip} if it does not know the key, which is a binary string
   */
  readDictionary(readMember: (key: string) => void): void {
    this.#take(DICTIONARY)
    let last: string | null = null
    this.#nested(() => {
      const key = String.fromCharCode(...this.readBytes(LONGEST_KEY))
      if (last !== null && key <= last) throw new BencodeError()
      last = key
      readMember(key)
    })
  }

  /** Passes over one value, whatever it is. */
  skip(): void {
    switch (this.#bytes[this.#at]) {
      case INTEGER:
        this.#at++
        if (this.#bytes[this.#at] === MINUS) {
          this.#at++
          if (this.#readDigits(END) === 0) throw new BencodeError()
        } else this.#readDigits(END)
        break
      case LIST:
        this.readList(() => {
          this.skip()
        })
        break
      case DICTIONARY:
        this.readDictionary(() => {
          this.skip()
        })
        break
      default:
        this.readBytes(this.#bytes.length)
    }
  }

  /** Whether all has been read. */
  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  #nested(readPart: () => void): void {
    if (this.#depth++ >= DEEPEST) throw new BencodeError()
    while (this.#bytes[this.#at] !== END) readPart()
    this.#at++
    this.#depth--
  }

  #take(mark: number): void {
    if (this.#bytes[this.#at++] !== mark) throw new BencodeError()
  }

  /** Decimal digits, and the mark that ends them. */
  #readDigits(mark: number): number {
    const start = this.#at
    let value = 0
    for (; ; this.#at++) {
      const digit = (this.#bytes[this.#at] ?? 0) - ZERO
      if (digit < 0 || digit > 9) break
      value = value * 10 + digit
      if (value > Number.MAX_SAFE_INTEGER) throw new BencodeError()
    }
    const isLeadingZero = this.#bytes[start] === ZERO && this.#at > start + 1
    if (this.#at === start || isLeadingZero) throw new BencodeError()
    this.#take(mark)
    return value
  }
}

/** The bytes are not bencoded, or not what was to be read. */
export class BencodeError extends Error {
  override readonly name = 'BencodeError'
}

const code = (character: string): number => character.charCodeAt(0)
const [INTEGER, LIST, DICTIONARY, END] = [code('i'), code('l'), code('d'), code('e')]
const [COLON, MINUS, ZERO] = [code(':'), code('-'), code('0')]

/** An info dictionary needs 4; the rest is for keys that we don't know. A guess. */
const DEEPEST = 16
/** Bytes; the keys of the BEPs have up to 20. A guess. */
const LONGEST_KEY = 256
