/** A JSON object whose members have yet to be checked. */
export type Fields = Readonly<Record<string, unknown>>

/** The JSON object that the text is; `null` for any other text. */
export function parseObject(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : null
  } catch {
    return null
  }
}

export const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
