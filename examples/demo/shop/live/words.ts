/** Values, times and spans in the words the page shows. */

/** @returns the visitor's own clock, to the second. */
export function clock(epochMs: number): string {
  return new Date(epochMs).toLocaleTimeString('en-GB')
}

/** @returns such as `0.41 s`, `14 s` or `3 min`. */
export function span(ms: number): string {
  const seconds = Math.max(ms, 0) / 1000
  if (seconds < 10) return `${seconds.toFixed(2)} s`
  return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`
}

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d/

/** @param name - the property's own name: `…_s` are seconds, `…_percent` a share. */
export function valueWords(name: string, value: unknown): string {
  if (value === null || value === undefined) return '–'
  if (typeof value === 'string' && ISO_TIME.test(value)) return clock(Date.parse(value))
  // HubSpot keeps numbers as text.
  const isNumber = typeof value === 'number' || (typeof value === 'string' && /^\d+(\.\d+)?$/.test(value))
  if (isNumber && /_(s|seconds)$/.test(name)) return `${value} s`
  if (isNumber && name.endsWith('_percent')) return `${value} %`
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** @returns a path on this shop without its host, which is noise here; anything else as it is. */
export function addressWords(text: string): string {
  return text.startsWith(`${location.origin}/`) ? text.slice(location.origin.length) : text
}
