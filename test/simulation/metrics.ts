/** What a scenario measured. */
export type Metrics = Readonly<Record<string, number>>

export const sum = (values: Iterable<number>): number => {
  let total = 0
  for (const value of values) total += value
  return total
}

export const mean = (values: readonly number[]): number => (values.length === 0 ? 0 : sum(values) / values.length)

export function most(values: Iterable<number>): number {
  let most = -Infinity
  for (const value of values) if (value > most) most = value
  return most
}

export function fewest(values: Iterable<number>): number {
  let fewest = Infinity
  for (const value of values) if (value < fewest) fewest = value
  return fewest
}

export function quantile(values: readonly number[], fraction: number): number {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[Math.floor((sorted.length - 1) * fraction)] ?? 0
}

export const share = (part: number, whole: number): number => (whole === 0 ? 1 : part / whole)

/** To six digits after the point: enough for a share, and fit to read. */
export const rounded = (metrics: Metrics): Metrics =>
  Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, Number(value.toFixed(6))]))

/** `redundancy` becomes `oneShotRedundancy`. */
export const prefixed = (prefix: string, metrics: Metrics): Metrics =>
  Object.fromEntries(
    Object.entries(metrics).map(([name, value]) => [prefix + name.charAt(0).toUpperCase() + name.slice(1), value]),
  )
