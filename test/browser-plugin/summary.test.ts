import { expect, test } from 'vitest'
import { keep } from '../../src/browser-plugin/click.ts'
import { heaviest } from '../../src/browser-plugin/heaviest.ts'
import { type EngagementProperties, LIST_LIMITS, MAX_SUMMARY_BYTES } from '../../src/browser-plugin/signals.ts'
import { toSummary } from '../../src/browser-plugin/summary.ts'

const measured: EngagementProperties = {
  pageview_id: 'view',
  sequence: 1,
  reason: 'threshold',
  active_ms: 0,
  visible_ms: 0,
  scroll_depth: 0,
  scrollable: true,
  scroll_velocity: 0,
  hovers: [],
  clicks: [],
  rage_clicks: 0,
  dead_clicks: 0,
  outbound_clicks: 0,
  downloads: [],
  copies: 0,
  videos: [],
  sections: [],
  automation: {},
  device: { kind: 'desktop', touch: false },
  local_hour: 9,
  time_zone: 'Europe/Berlin',
}

test('times are rounded down, so a threshold never shows before it is reached', () => {
  const { active_ms, visible_ms, hovers } = toSummary({
    ...measured,
    active_ms: 2999.9,
    visible_ms: 3000.2,
    hovers: [{ element: 'card', ms: 6999, count: 2 }],
  })
  expect({ active_ms, visible_ms, hovers }).toEqual({
    active_ms: 2975,
    visible_ms: 3000,
    hovers: [{ element: 'card', ms: 6975, count: 2 }],
  })
})

test('depth keeps two digits and loses none to binary fractions', () => {
  expect(toSummary({ ...measured, scroll_depth: 0.29 }).scroll_depth).toBe(0.29)
  expect(toSummary({ ...measured, scroll_depth: 1740 / 3000 }).scroll_depth).toBe(0.58)
})

test('lists keep the heaviest hovers and the latest clicks', () => {
  const many = Array.from({ length: 50 }, (_, n) => n)
  const clicks: number[] = []
  for (const n of many) keep(clicks, n, 20)
  expect([clicks[0], clicks.length, clicks.at(-1)]).toEqual([30, 20, 49])
  expect(heaviest(many, n => n, 3)).toEqual([49, 48, 47])
  expect(heaviest([0, 1], n => n, 3)).toEqual([1])
})

test('a summary fits its bytes even where each letter takes three', () => {
  const name = '商'.repeat(64)
  const summary = toSummary({
    ...measured,
    hovers: Array.from({ length: 12 }, () => ({ element: name, ms: 5000, count: 1 })),
    clicks: Array.from({ length: 20 }, () => ({ element: name, at_ms: 5000 })),
    videos: Array.from({ length: 4 }, () => ({ id: name, watched_ms: 5000, percent: 0.5 })),
    downloads: Array.from({ length: 4 }, () => ({ file: name, at_ms: 5000 })),
    form: { id: name, state: 'engaged', last_field: name, fields_touched: 4 },
  })
  expect(Buffer.byteLength(JSON.stringify(summary))).toBeLessThanOrEqual(MAX_SUMMARY_BYTES)
  expect(summary.downloads).toHaveLength(LIST_LIMITS.downloads)
  expect(summary.videos).toHaveLength(LIST_LIMITS.videos)
  expect(summary.hovers.length).toBeGreaterThan(3)
})
