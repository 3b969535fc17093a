import type { EngagementProperties } from '../../../src/browser-plugin/signals.ts'
import type { Truth } from './ledger.ts'

export interface Measured {
  readonly path: string
  readonly properties: EngagementProperties
}

/** One figure beside its truth, ready to print. */
export interface Check {
  readonly what: string
  readonly truth: string
  readonly measured: string
  readonly error: string
  readonly ok: boolean
}

/** @returns the rows of a table of what was compared in a scene; its name stands in the first. */
export function rowsOf(scene: string, checks: readonly Check[]): readonly (readonly string[])[] {
  return checks.map(({ what, truth, measured, error, ok }, index) => [
    index === 0 ? scene : '',
    what,
    truth,
    measured,
    error,
    ok ? 'ok' : 'OUT',
  ])
}

/** What a scene knows of a signal besides time, depth and hovers. */
export interface Fact {
  readonly what: string
  readonly truth: number | string
  readonly of: (properties: EngagementProperties) => number | string | undefined
  /** How far a number may be off, in its own unit. Default: not at all. */
  readonly within?: number
}

/** Of one hover, ms. */
const HOVER_MS = 50
/** Of active and visible time: this share, or this many ms. */
const TIME_SHARE = 0.01
const TIME_MS = 100
/** Of the content. */
const DEPTH = 0.01
/** A shorter stay is the pointer passing by, and counts nothing. ms */
const MIN_HOVER_MS = 200

/** Compares each page view with what was told of it. A view that was never told of, or told of twice, is out. */
export function compare(truths: readonly Truth[], measured: readonly Measured[]): readonly Check[] {
  const left = [...measured]
  const checks = truths.flatMap((truth, index): readonly Check[] => {
    const where = truths.length > 1 ? ` (view ${index + 1})` : ''
    const at = left.findIndex(({ path }) => path === truth.path)
    const [found] = at < 0 ? [] : left.splice(at, 1)
    if (!found) return [{ what: `view${where}`, truth: truth.path, measured: 'nothing', error: '', ok: false }]
    return compareView(truth, found.properties, where)
  })
  const extra = left.map(({ path }) => ({ what: 'view', truth: 'none', measured: path, error: '', ok: false }))
  const all = [...checks, ...extra]
  return all.length > 0 ? all : [{ what: 'views', truth: 'none', measured: 'none', error: '', ok: true }]
}

function compareView(truth: Truth, properties: EngagementProperties, where: string): readonly Check[] {
  const { visible_ms, active_ms, scroll_depth, hovers } = properties
  return [
    time(`visible${where}`, truth.visibleMs, visible_ms),
    time(`active${where}`, truth.activeMs, active_ms),
    ...(truth.depth === undefined ? [] : [depth(`depth${where}`, truth.depth, scroll_depth)]),
    ...compareHovers(truth.hovers, hovers, where),
    ...truth.facts.map(one => fact(one, properties, where)),
  ]
}

function fact({ what, truth, of, within = 0 }: Fact, properties: EngagementProperties, where: string): Check {
  const measured = of(properties) ?? 'none'
  const error = typeof truth === 'number' && typeof measured === 'number' ? measured - truth : undefined
  const [a, b, c] = [truth, measured, error ?? ''].map(it => (typeof it === 'number' ? `${Number(it.toFixed(2))}` : it))
  const ok = error === undefined ? measured === truth : Math.abs(error) <= within
  return { what: what + where, truth: a ?? '', measured: b ?? '', error: c ?? '', ok }
}

function time(what: string, truth: number, measured: number): Check {
  const error = measured - truth
  return row(what, [truth, measured, error], Math.abs(error) <= Math.max(TIME_MS, truth * TIME_SHARE))
}

function depth(what: string, truth: number, measured: number): Check {
  const error = measured - truth
  const [a, b, c] = [truth, measured, error].map(share => `${(share * 100).toFixed(1)} %`)
  // Depth is told in hundredths, rounded down.
  return { what, truth: a ?? '', measured: b ?? '', error: c ?? '', ok: Math.abs(error) <= DEPTH }
}

function compareHovers(
  truth: Truth['hovers'],
  hovers: EngagementProperties['hovers'],
  where: string,
): readonly Check[] {
  // Lists are bounded; where a scene hovers more, the heaviest are told.
  const names = new Set([...hovers.map(({ element }) => element), ...truth.keys()])
  const full = hovers.length >= 12
  const checks = [...names].flatMap((name): readonly Check[] => {
    const episodes = (truth.get(name) ?? []).filter(ms => ms >= MIN_HOVER_MS)
    const found = hovers.find(({ element }) => element === name)
    if (!found && (episodes.length === 0 || full)) return []
    const ms = episodes.reduce((sum, one) => sum + one, 0)
    const each = Math.abs((found?.ms ?? 0) - ms) / Math.max(episodes.length, 1)
    const same = (found?.count ?? 0) === episodes.length
    const { ok, ...shown } = row(
      `hover ${name}${where}`,
      [ms, found?.ms ?? 0, (found?.ms ?? 0) - ms],
      each <= HOVER_MS && same,
    )
    return [
      {
        ...shown,
        truth: `${shown.truth} ×${episodes.length}`,
        measured: `${shown.measured} ×${found?.count ?? 0}`,
        ok,
      },
    ]
  })
  return checks.length > 0 ? checks : [{ what: `hovers${where}`, truth: 'none', measured: 'none', error: '', ok: true }]
}

function row(what: string, [truth, measured, error]: readonly [number, number, number], ok: boolean): Check {
  const sign = error > 0 ? '+' : ''
  return {
    what,
    truth: `${Math.round(truth)} ms`,
    measured: `${Math.round(measured)} ms`,
    error: `${sign}${Math.round(error)} ms`,
    ok,
  }
}
