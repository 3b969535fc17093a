import { expect, test } from 'vitest'
import { trackScroll } from '../../src/browser-plugin/scroll.ts'
import { feedPage } from './fed-page.ts'

function setUp(height: number) {
  const page = feedPage()
  const told: string[] = []
  const tracker = trackScroll(weight => told.push(weight), { thresholds: [0.5, 0.8] }, page)
  const to = (top: number, grown = height) => page.scrollTo({ top, viewport: 600, height: grown })
  return { page, tracker, told, to }
}

test('depth is the share of the content seen, and keeps its furthest point', () => {
  const { page, tracker, to } = setUp(3000)
  to(600)
  page.pass(300)
  to(0)
  page.pass(300)
  expect(tracker.totals()).toMatchObject({ scroll_depth: 0.4, scrollable: true })
})

test('what flies past in less than a quarter of a second is not seen', () => {
  const { page, tracker, to } = setUp(3000)
  to(2400)
  page.pass(100)
  to(300)
  page.pass(300)
  expect(tracker.totals().scroll_depth).toBe(0.3)
})

test('thresholds are told in order, and a jump past both as the higher', () => {
  const slow = setUp(3000)
  slow.to(900)
  slow.page.pass(300)
  slow.to(1800)
  slow.page.pass(300)
  expect(slow.told).toEqual(['notable', 'strong'])
  const fast = setUp(3000)
  fast.to(2400)
  fast.page.pass(300)
  expect(fast.told).toEqual(['strong'])
})

test('what is in view from the start is no behaviour: only scrolling tells', () => {
  const { page, tracker, told, to } = setUp(700)
  page.layOut({ top: 0, viewport: 600, height: 700 })
  tracker.look()
  expect(told).toEqual([])
  to(50)
  tracker.look()
  expect(told).toEqual(['strong'])
})

test('a page that grows while it is read reports the share of what is there now', () => {
  const { page, tracker, to } = setUp(1200)
  to(600)
  page.pass(300)
  expect(tracker.totals().scroll_depth).toBe(1)
  to(600, 3600)
  page.pass(300)
  expect(tracker.totals().scroll_depth).toBeCloseTo(1 / 3)
})

test('a page no taller than the window is not scrollable', () => {
  const { tracker } = setUp(600)
  tracker.look()
  expect(tracker.totals()).toEqual({ scroll_depth: 1, scrollable: false, scroll_velocity: 0 })
})

test('velocity is the median over frames with movement, pauses left out', () => {
  const { page, tracker, to } = setUp(30_000)
  for (const top of [0, 10, 20, 50, 60, 70]) {
    to(top)
    page.pass(10)
  }
  page.pass(2000)
  to(90)
  expect(tracker.totals().scroll_velocity).toBe(1000)
})
