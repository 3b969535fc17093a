import { expect, test } from 'vitest'
import { trackScroll } from '../../src/browser-plugin/scroll.ts'
import { feedPage, viewOf } from './fed-page.ts'

function setUp(height: number) {
  const page = feedPage()
  const told: string[] = []
  const tracker = page.follow(
    trackScroll(viewOf(page, { thresholds: { scrollDepth: [0.5, 0.8] }, emit: weight => told.push(weight) })),
  )
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
  page.pass(500)
  expect(tracker.totals().scroll_depth).toBe(0.3)
})

test('thresholds are told in order, and a jump past both as the higher', () => {
  const slow = setUp(3000)
  slow.to(500)
  slow.page.pass(300)
  slow.to(1000)
  slow.page.pass(300)
  slow.to(1500)
  slow.page.pass(300)
  slow.to(2000)
  slow.page.pass(300)
  expect(slow.told).toEqual(['notable', 'strong'])
  const fast = setUp(3000)
  fast.to(2400)
  fast.page.pass(500)
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

test('a page that grows late reports the share of what is there now', () => {
  const { page, tracker, to } = setUp(1200)
  page.layOut({ top: 0, viewport: 600, height: 1200 })
  tracker.look()
  expect(tracker.totals().scroll_depth).toBe(0.5)
  to(600, 3000)
  page.pass(300)
  expect(tracker.totals().scroll_depth).toBe(0.4)
  to(610, 3600)
  page.pass(300)
  expect(tracker.totals()).toEqual({
    scroll_depth: expect.closeTo(1210 / 3600),
    scrollable: true,
    scroll_velocity: expect.any(Number),
  })
})

test('a list that grows because it is scrolled never falls back, and tells the screens that were seen', () => {
  const { page, tracker, to } = setUp(2400)
  const depths: number[] = []
  for (const [top, height] of [
    [600, 2400],
    [1200, 2400],
    [1800, 4800],
    [2400, 7200],
  ] as const) {
    to(top, height)
    page.pass(300)
    depths.push(tracker.totals().scroll_depth)
  }
  expect(depths).toEqual([0.5, 0.75, 0.75, 0.75])
  expect(tracker.totals().screens_seen).toBe(5)
})

test('a restored position counts after a second, or once the visitor scrolls on', () => {
  for (const byInput of [false, true]) {
    const { page, tracker } = setUp(3000)
    page.scrollTo({ top: 1200, viewport: 600, height: 3000 }, false)
    page.pass(600)
    tracker.look()
    expect(tracker.totals().scroll_depth).toBe(0.2)
    page.scrollTo({ top: 1500, viewport: 600, height: 3000 }, byInput)
    page.pass(byInput ? 250 : 500)
    expect(tracker.totals().scroll_depth).toBe(0.7)
  }
})

test('where a leap ends counts once the page has stood there for half a second', () => {
  const { page, tracker, to } = setUp(6000)
  to(5400)
  page.pass(400)
  to(0)
  page.pass(1000)
  expect(tracker.totals().scroll_depth).toBe(0.1)
  to(5400)
  page.pass(500)
  expect(tracker.totals().scroll_depth).toBe(1)
})

test('scrolling that the page does itself is no behaviour', () => {
  const { page, tracker, told } = setUp(3000)
  page.pass(1000)
  page.scrollTo({ top: 2400, viewport: 600, height: 3000 }, false)
  page.pass(1000)
  expect(tracker.totals().scroll_depth).toBe(1)
  expect(told).toEqual([])
})

test('a zoom changes neither the share that was seen nor makes a page endless', () => {
  const { page, tracker, to } = setUp(3000)
  to(600)
  page.pass(300)
  page.layOut({ top: 1200, viewport: 300, height: 6000, windowWidth: 400 })
  tracker.look()
  expect(tracker.totals()).toEqual({ scroll_depth: 0.4, scrollable: true, scroll_velocity: expect.any(Number) })
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
