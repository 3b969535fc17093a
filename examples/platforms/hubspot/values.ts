/** Checks a value against the type of its property, for contacts and events alike. */

export type PropertyType = 'string' | 'number' | 'date' | 'datetime' | 'enumeration' | 'bool'

export interface Typed {
  readonly name: string
  readonly type: PropertyType
}

const ISO = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/

const CHECKS: Readonly<Record<PropertyType, (value: string) => boolean>> = {
  string: () => true,
  number: value => /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(value),
  date: value => /^\d{4}-\d\d-\d\d$/.test(value) || (/^\d+$/.test(value) && Number(value) % 86_400_000 === 0),
  datetime: value => /^\d+$/.test(value) || (ISO.test(value) && !Number.isNaN(Date.parse(value))),
  // We define none; an account's own are not known here.
  enumeration: () => true,
  bool: value => value === 'true' || value === 'false',
}

/** @returns the error code and the words, or undefined when the value may be written. */
export function wrongValue(
  { name, type }: Typed,
  value: string,
  maxLength: number,
): { readonly error: string; readonly message: string } | undefined {
  if (value === '') return undefined
  if (value.length > maxLength)
    return {
      error: 'PROPERTY_TOO_LARGE',
      message: `The value for property "${name}" is longer than ${maxLength} characters`,
    }
  if (CHECKS[type](value)) return undefined
  return { error: `INVALID_${type.toUpperCase()}`, message: `${value} was not a valid ${type} for property "${name}"` }
}
