/** A setting named by its path, tried with other values. Pure. */
import { defaultPolicy } from '../engine/policy.ts'
import { parsePolicy } from '../parse-policy.ts'

export type Values =
  | { readonly kind: 'values'; readonly values: readonly string[] }
  | { readonly kind: 'invalid'; readonly problem: string }

const AMOUNT = /^(-?\d+(?:\.\d+)?)(ms|s|m|h|d)?$/
const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
/** Each value is a whole replay. */
const MAX_VALUES = 50

/** Reads `5s,8s,12s`. */
export function parseValues(text: string): Values {
  const values = text.split(',').map(value => value.trim())
  if (values.some(value => value === ''))
    return invalid(`--values: found ${JSON.stringify(text)}, expected values separated by commas, such as 5s,8s,12s`)
  return bounded([...new Set(values)])
}

/** Reads `5s..12s/1s` or `0.1..0.5/0.1`; both ends count. */
export function parseRange(text: string): Values {
  const [, from = '', to = '', by = ''] = /^([^/]+)\.\.([^/]+)\/(.+)$/.exec(text.replaceAll(' ', '')) ?? []
  const [low, high, step] = [from, to, by].map(toAmount)
  const expected = 'expected from..to/step, such as 5s..12s/1s or 0.1..0.5/0.1'
  if (low === undefined || high === undefined || step === undefined)
    return invalid(`--range: found ${JSON.stringify(text)}, ${expected}`)
  if (low.timed !== high.timed || low.timed !== step.timed)
    return invalid(`--range: found ${JSON.stringify(text)}; either all three have a unit or none has`)
  if (step.amount <= 0 || high.amount < low.amount)
    return invalid(
      `--range: found ${JSON.stringify(text)}, expected a step above 0 and an end that is not before its beginning`,
    )
  // Counted in steps: adding up 0.1 would miss the last value.
  const steps = Math.floor((high.amount - low.amount) / step.amount + 1e-9)
  if (steps >= MAX_VALUES) return tooMany(steps + 1)
  return bounded(
    Array.from({ length: steps + 1 }, (_, index) => {
      const amount = Number((low.amount + index * step.amount).toPrecision(12))
      return low.timed ? spanText(amount) : String(amount)
    }),
  )
}

/** The configuration as it is, with one setting changed; arrays keep their other elements. */
export function withSetting(config: unknown, path: string, value: string): unknown {
  const names = path.split('.')
  const parsed = /^-?\d+(\.\d+)?$/.test(value)
    ? Number(value)
    : value === 'true' || value === 'false'
      ? value === 'true'
      : value
  return set(config, names, parsed)
}

function set(within: unknown, [name, ...rest]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value
  if (Array.isArray(within)) {
    const index = Number(name)
    // A place that is not there makes an element under a name, which the check of the configuration then refuses.
    return Number.isInteger(index) && index >= 0 && index < within.length
      ? within.with(index, set(within[index], rest, value))
      : { ...within, [name]: set(undefined, rest, value) }
  }
  const object = typeof within === 'object' && within !== null ? within : {}
  const inner: unknown = Object.hasOwn(object, name) ? Reflect.get(object, name) : undefined
  return { ...object, [name]: set(inner, rest, value) }
}

/** @returns every single setting there is, with its present value, such as `moments.x.cooldown (now 1d)`. */
export function settingsThereAre(config: unknown): readonly string[] {
  const parsed = parsePolicy(config)
  const policy = parsed.kind === 'ok' ? parsed.policy : defaultPolicy
  return leavesOf(policy).flatMap(([path, value]) => {
    const accepts = (text: string) => parsePolicy(withSetting(config, path, text)).kind === 'ok'
    // A time span is a number inside and has a unit outside.
    if (typeof value === 'number' && accepts(spanText(value))) return [`${path} (now ${spanText(value)})`]
    return accepts(String(value)) ? [`${path} (now ${value})`] : []
  })
}

function leavesOf(
  value: unknown,
  path: readonly string[] = [],
): readonly (readonly [string, string | number | boolean])[] {
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, [...path, name]))
  const plain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
  return plain ? [[path.join('.'), value]] : []
}

function toAmount(text: string): { readonly amount: number; readonly timed: boolean } | undefined {
  const [found, amount = '', unit] = AMOUNT.exec(text) ?? []
  if (found === undefined) return undefined
  const size = Object.entries(UNITS).find(([name]) => name === unit)?.[1]
  return { amount: Number(amount) * (size ?? 1), timed: size !== undefined }
}

/** @returns such as `90s`: the largest unit that keeps it whole. */
export function spanText(ms: number): string {
  const [unit, size] = Object.entries(UNITS).findLast(([, size]) => ms >= size && ms % size === 0) ?? ['ms', 1]
  return `${ms / size}${unit}`
}

function bounded(values: readonly string[]): Values {
  return values.length > MAX_VALUES ? tooMany(values.length) : { kind: 'values', values }
}

function tooMany(count: number): Values {
  return invalid(`found ${count} values, expected at most ${MAX_VALUES}: each is a whole replay`)
}

function invalid(problem: string): Values {
  return { kind: 'invalid', problem }
}
