/** A number that an issue asks for, measured in the run that prints it. */
export interface Aim {
  readonly name: string
  readonly value: number
  readonly aim: number
  readonly met: boolean
}

export type Row = Readonly<Record<string, string | number>>

/** Prints the rows as a table, then all of it as one line of JSON. */
export function report(bench: string, rows: readonly Row[], aims: readonly Aim[]): void {
  printTable(rows)
  console.log()
  for (const { name, value, aim, met } of aims) console.log(`${met ? '✓' : '✗'} ${name}: ${value} (aim ${aim})`)
  console.log()
  console.log(JSON.stringify({ bench, rows, aims }))
}

function printTable(rows: readonly Row[]): void {
  const columns = Object.keys(rows[0] ?? {})
  const lines = [columns, ...rows.map((row) => columns.map((column) => String(row[column] ?? '')))]
  const widths = columns.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  for (const [index, line] of lines.entries()) {
    console.log(line.map((cell, column) => pad(cell, widths[column] ?? 0, rows[0]?.[columns[column] ?? ''])).join('  '))
    if (index === 0) console.log(widths.map((width) => '─'.repeat(width)).join('  '))
  }
}

const pad = (cell: string, width: number, sample: string | number | undefined): string =>
  typeof sample === 'number' ? cell.padStart(width) : cell.padEnd(width)

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

export function quantile(values: readonly number[], fraction: number): number {
  const sorted = [...values].sort((one, other) => one - other)
  const position = (sorted.length - 1) * fraction
  const below = sorted[Math.floor(position)] ?? Number.NaN
  const above = sorted[Math.ceil(position)] ?? Number.NaN
  return below + (above - below) * (position - Math.floor(position))
}

export const round = (value: number, digits: number): number => Number(value.toFixed(digits))
