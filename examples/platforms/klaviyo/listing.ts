/** Lists: filter, sort and pages of the reading endpoints. */
import type { Answer } from '../exchange.ts'
import { type FilterFields, toPredicate } from './filter.ts'
import { json, refused } from './reply.ts'

export interface Listing<Row> {
  readonly rows: readonly Row[]
  readonly fields: FilterFields<Row>
  readonly toResource: (row: Row) => object
  /** What comes along with a row, once for all rows that name it. */
  readonly toIncluded?: (row: Row) => readonly object[]
  /** Sort key to its value; the first is the default, prefixed by `-` for newest first. */
  readonly sorts: Readonly<Record<string, (row: Row) => number | string>>
  readonly defaultSort: string
  readonly pageSize: { readonly usual: number; readonly most: number }
}

export function list<Row>(url: URL, base: string, listing: Listing<Row>): Answer {
  const query = url.searchParams
  const passes = toPredicate(query.get('filter') ?? '', listing.fields)
  if (typeof passes === 'string') return wrong('filter', passes)
  const size = Number(query.get('page[size]') ?? listing.pageSize.usual)
  if (!Number.isInteger(size) || size < 1 || size > listing.pageSize.most) {
    return wrong('page[size]', `must be 1 to ${listing.pageSize.most}`)
  }
  const sort = query.get('sort') ?? listing.defaultSort
  const by = listing.sorts[sort.replace(/^-/, '')]
  if (by === undefined) return wrong('sort', `'${sort}' is not a valid sort`)
  const from = offsetOf(query.get('page[cursor]'))
  if (from === undefined) return wrong('page[cursor]', 'Invalid page cursor.')
  const found = listing.rows.filter(passes).sort((a, b) => compare(by(a), by(b)) * (sort.startsWith('-') ? -1 : 1))
  const more = from + size < found.length
  const links = { self: base + url.pathname + url.search, ...(more ? { next: nextPage(url, base, from + size) } : {}) }
  const rows = found.slice(from, from + size)
  const included = rows.flatMap(row => listing.toIncluded?.(row) ?? [])
  const once = [...new Map(included.map(resource => [JSON.stringify(resource), resource])).values()]
  return json(200, { data: rows.map(listing.toResource), ...(once.length > 0 && { included: once }), links })
}

/** A refusal that names a query parameter instead of a place in a document. */
export function wrong(parameter: string, detail: string): Answer {
  return refused(400, [{ parameter, detail }])
}

function nextPage(url: URL, base: string, offset: number): string {
  const next = new URL(url.pathname + url.search, base)
  next.searchParams.set('page[cursor]', Buffer.from(`from:${offset}`).toString('base64url'))
  return next.href
}

function offsetOf(cursor: string | null): number | undefined {
  if (cursor === null) return 0
  const offset = /^from:(\d+)$/.exec(Buffer.from(cursor, 'base64url').toString())?.[1]
  return offset === undefined ? undefined : Number(offset)
}

function compare(a: number | string, b: number | string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
