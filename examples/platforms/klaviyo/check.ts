/** Small checks to build a strict document check from. Each returns every problem it finds, with a JSON pointer. */

import { isMembers } from '../members.ts'

export interface Problem {
  /** Such as `/data/attributes/email`. */
  readonly pointer: string
  readonly detail: string
}

export type Check = (value: unknown, pointer: string) => readonly Problem[]

/** An object with only these members. The real API's schema lets others pass; refusing them catches misspelt ones. */
export function members(allowed: Readonly<Record<string, Check>>, required: readonly string[] = []): Check {
  return (value, pointer) => {
    if (!isMembers(value)) return [{ pointer, detail: 'must be an object' }]
    const missing = required
      .filter(name => value[name] === undefined)
      .map(name => ({ pointer: `${pointer}/${name}`, detail: `'${name}' is a required field for the resource.` }))
    const found = Object.entries(value).flatMap(([name, member]) => {
      const check = Object.hasOwn(allowed, name) ? allowed[name] : undefined
      const at = `${pointer}/${name}`
      return check === undefined
        ? [{ pointer: at, detail: `'${name}' is not a valid field for the resource.` }]
        : check(member, at)
    })
    return [...missing, ...found]
  }
}

/** A list of these. */
export function list(check: Check): Check {
  return (value, pointer) =>
    Array.isArray(value)
      ? value.flatMap((one: unknown, index) => check(one, `${pointer}/${index}`))
      : [{ pointer, detail: 'must be a list' }]
}

/** @param good - further condition; `wanted` says it in words. */
export function text(wanted = 'must be a string', good: (value: string) => boolean = () => true): Check {
  return (value, pointer) => (typeof value === 'string' && good(value) ? [] : [{ pointer, detail: wanted }])
}

export function literal(expected: string): Check {
  return text(`must be '${expected}'`, value => value === expected)
}

export function nullable(check: Check): Check {
  return (value, pointer) => (value === null ? [] : check(value, pointer))
}

export const finiteNumber: Check = (value, pointer) =>
  typeof value === 'number' ? [] : [{ pointer, detail: 'must be a number' }]

export const truth: Check = (value, pointer) =>
  typeof value === 'boolean' ? [] : [{ pointer, detail: 'must be a boolean' }]

export const anyObject: Check = (value, pointer) => (isMembers(value) ? [] : [{ pointer, detail: 'must be an object' }])
