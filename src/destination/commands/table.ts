/** Columns, bars and CSV as plain text. Pure. */

export interface Column {
  readonly title: string
  /** Numbers stand right under each other. */
  readonly align?: 'right'
}

/** @returns a header line and one line per row, columns two spaces apart. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  indent = '',
): readonly string[] {
  const lines = [columns.map(({ title }) => title), ...rows]
  const widths = columns.map((_, index) => Math.max(...lines.map(cells => (cells[index] ?? '').length)))
  return lines.map(cells =>
    `${indent}${columns
      .map(({ align }, index) => {
        const cell = cells[index] ?? ''
        return align === 'right' ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0)
      })
      .join('  ')}`.trimEnd(),
  )
}

const BAR_WIDTH = 40

/** One bar a line; the largest value fills the width, or `full` does. */
export function bars(
  rows: readonly { readonly label: string; readonly value: number; readonly text: string }[],
  full: number = Math.max(...rows.map(({ value }) => value)),
): readonly string[] {
  const width = Math.max(...rows.map(({ label }) => label.length))
  return rows.map(({ label, value, text }) => {
    const length = full > 0 ? Math.round((Math.min(value, full) / full) * BAR_WIDTH) : 0
    return `  ${label.padStart(width)} |${'#'.repeat(length)} ${text}`
  })
}

/** RFC 4180; a cell that a spreadsheet would run as a formula is taken as text. */
export function csv(rows: readonly (readonly (string | number | undefined)[])[]): string {
  return rows.map(cells => cells.map(cell => csvCell(cell ?? '')).join(',')).join('\n')
}

function csvCell(cell: string | number): string {
  if (typeof cell === 'number') return String(cell)
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

export function count(value: number): string {
  return value.toLocaleString('en-US')
}

/** @returns such as `12 %`; `-` for nothing of nothing. */
export function percent(part: number, whole: number): string {
  return whole === 0 ? '-' : `${shareText(part / whole)} %`
}

export function shareText(share: number): string {
  const hundred = share * 100
  return hundred > 0 && hundred < 9.95 ? hundred.toFixed(1) : String(Math.round(hundred))
}

/** @returns such as `2026-03-01 10:31:04`, in UTC. */
export function clock(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 19).replace('T', ' ')
}

/** @returns a span in its two largest units, such as `17 h 30 min`. */
export function lasting(ms: number): string {
  const seconds = Math.round(ms / 1000)
  const units = [
    ['d', 86_400],
    ['h', 3_600],
    ['min', 60],
    ['s', 1],
  ] as const
  const first = units.findIndex(([, size]) => seconds >= size)
  if (first === -1) return '0 s'
  let left = seconds
  const parts = units.slice(first, first + 2).map(([unit, size]) => {
    const times = Math.floor(left / size)
    left -= times * size
    return times === 0 ? '' : `${times} ${unit}`
  })
  return parts.filter(part => part !== '').join(' ')
}
