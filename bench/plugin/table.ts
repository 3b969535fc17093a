type Rows = readonly (readonly (string | number)[])[]

/** @returns rows as a table that reads in a terminal and, pasted, in Markdown. */
export function toTable(head: readonly string[], rows: Rows): string {
  const cells = [head, ...rows].map(row => row.map(String))
  const widths = head.map((_, column) => Math.max(...cells.map(row => row[column]?.length ?? 0), 3))
  const [first = [], ...rest] = cells.map(row => `| ${row.map((cell, n) => cell.padEnd(widths[n] ?? 0)).join(' | ')} |`)
  return [first, `| ${widths.map(width => '-'.repeat(width)).join(' | ')} |`, ...rest].join('\n')
}

export function printTable(head: readonly string[], rows: Rows): void {
  console.log(toTable(head, rows))
}

/** @returns the value in the middle, the lower one of two; `undefined` of none. */
export function median(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[(values.length - 1) >> 1]
}

export function required<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new Error(`there is no ${what}`)
  return value
}
