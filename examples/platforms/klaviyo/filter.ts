/** Klaviyo's filter language, as far as the imitated endpoints allow it: `equals(a,"x")`, joined by `and(…)` or commas. */

export interface Clause {
  readonly operator: string
  readonly field: string
  readonly values: readonly string[]
}

const VALUE = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^,()[\]"']+/g
const CLAUSE = /([a-z-]+)\(([\w.]+),(\[[^\]]*\]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^,()[\]"']+)\)(?:,|$)/y

/** @returns the clauses that must all hold, or nothing when the text is no filter. */
export function parseFilter(text: string): readonly Clause[] | undefined {
  const inner = /^and\((.*)\)$/s.exec(text)?.[1] ?? text
  const clauses: Clause[] = []
  const pattern = new RegExp(CLAUSE)
  while (pattern.lastIndex < inner.length) {
    const [, operator, field, value] = pattern.exec(inner) ?? []
    if (operator === undefined || field === undefined || value === undefined) return undefined
    clauses.push({ operator, field, values: [...value.matchAll(VALUE)].map(([one]) => unquoted(one)) })
  }
  return clauses
}

function unquoted(value: string): string {
  return /^["']/.test(value) ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value
}

/** Which operators a field allows (`x-klaviyo-filters`), and how to read it off a row. */
export interface FilterField<Row> {
  readonly operators: readonly string[]
  /** Text is compared as text, numbers as numbers, dates (epoch ms) after parsing the value. */
  readonly read: (row: Row) => string | number | undefined
  readonly date?: true
}

export type FilterFields<Row> = Readonly<Record<string, FilterField<Row>>>

/** @returns whether a row passes, or what is wrong with the filter. */
export function toPredicate<Row>(filter: string, fields: FilterFields<Row>): ((row: Row) => boolean) | string {
  const clauses = parseFilter(filter)
  if (clauses === undefined) return 'Invalid filter provided.'
  const bad = clauses.find(({ field, operator }) => !fields[field]?.operators.includes(operator))
  if (bad !== undefined) return `'${bad.operator}' is not a valid filter for '${bad.field}'.`
  return row => clauses.every(clause => holds(clause, fields[clause.field], row))
}

function holds<Row>({ operator, values }: Clause, field: FilterField<Row> | undefined, row: Row): boolean {
  const known = field?.read(row)
  if (known === undefined) return false
  if (operator === 'equals' || operator === 'any') return values.some(value => value === String(known))
  const [value = ''] = values
  if (operator === 'starts-with') return String(known).startsWith(value)
  if (operator === 'ends-with') return String(known).endsWith(value)
  if (operator === 'contains') return String(known).includes(value)
  const bound = field?.date ? Date.parse(value) : Number(value)
  const position = Number(known)
  if (operator === 'greater-than') return position > bound
  if (operator === 'greater-or-equal') return position >= bound
  if (operator === 'less-than') return position < bound
  return position <= bound
}
