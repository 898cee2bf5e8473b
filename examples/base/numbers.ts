const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const tenths = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 })

export const unknown = '–'

export function formatCount(count: number): string {
  return whole.format(count)
}

export function formatTenths(value: number): string {
  return tenths.format(value)
}

export function formatRate(perSecond: number): string {
  return perSecond > 0 && perSecond < 10 ? formatTenths(perSecond) : formatCount(perSecond)
}
