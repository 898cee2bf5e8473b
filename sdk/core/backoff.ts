/**
 * How long to wait before the next try, in milliseconds: doubling, at most `cap`, and anywhere in the upper half of
 * that, so that those who lost something together do not come back together.
 *
 * @param failures how many tries failed in a row, from 1
 */
export function backoff(failures: number, base: number, cap: number, random: () => number): number {
  const most = Math.min(cap, base * 2 ** Math.min(failures - 1, 30))
  return most * (0.5 + random() / 2)
}
