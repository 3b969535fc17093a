import { expect, test } from 'vitest'
import { trackDwell } from '../../src/browser-plugin/dwell.ts'
import { toSettings } from '../../src/browser-plugin/options.ts'
import { feedPage } from './fed-page.ts'

function setUp({ inputAt, visible = true }: { inputAt?: number; visible?: boolean } = {}) {
  const page = feedPage()
  page.show(visible)
  const told: { readonly reason: string; readonly at: number }[] = []
  const start = page.now()
  const tell = (reason: string) => told.push({ reason, at: page.now() - start })
  const settings = toSettings({ thresholds: { activeMs: [30_000, 90_000] } })
  const tracker = page.follow(trackDwell({ page, settings, emit: tell, beat: () => tell('heartbeat'), inputAt }))
  return { page, tracker, told }
}

test('active time runs from an input until the idle timeout after the last one', () => {
  const { page, tracker } = setUp()
  page.pass(4000)
  page.input()
  page.pass(10_000)
  page.input()
  page.pass(100_000)
  expect(tracker.totals()).toEqual({ active_ms: 40_000, visible_ms: 114_000, time_to_first_interaction_ms: 4000 })
})

test('a visitor who does nothing is visible but not active', () => {
  const { page, tracker } = setUp()
  page.pass(20_000)
  expect(tracker.totals()).toEqual({ active_ms: 0, visible_ms: 20_000 })
})

test('a hidden page counts neither, and activity waits for another input after it', () => {
  const { page, tracker } = setUp()
  page.input()
  page.pass(6000)
  page.show(false)
  page.pass(11_000)
  page.input()
  page.pass(1000)
  page.show(true)
  page.pass(3000)
  page.input()
  page.pass(1000)
  expect(tracker.totals()).toEqual({ active_ms: 7000, visible_ms: 10_000, time_to_first_interaction_ms: 0 })
})

test('a page opened in the background has seen nothing until it is shown', () => {
  const { page, tracker } = setUp({ visible: false })
  page.pass(60_000)
  page.show(true)
  page.pass(2000)
  page.input()
  page.pass(1000)
  expect(tracker.totals()).toEqual({ active_ms: 1000, visible_ms: 3000, time_to_first_interaction_ms: 2000 })
})

test('the input that led to this view keeps it active, yet is not its first interaction', () => {
  const { page, tracker } = setUp({ inputAt: 900 })
  page.pass(5000)
  expect(tracker.totals()).toEqual({ active_ms: 5000, visible_ms: 5000 })
  page.pass(60_000)
  expect(tracker.totals()).toEqual({ active_ms: 29_900, visible_ms: 65_000 })
})

test('thresholds and heartbeats are told when active time reaches them, idle time left out', () => {
  const { page, told } = setUp()
  for (let second = 0; second < 40; second++) {
    page.input()
    page.pass(1000)
  }
  page.pass(100_000)
  for (let second = 0; second < 40; second++) {
    page.input()
    page.pass(1000)
  }
  expect(told).toEqual([
    { reason: 'notable', at: 30_000 },
    { reason: 'heartbeat', at: 60_000 },
    { reason: 'decisive', at: 140_000 + 21_000 },
  ])
})

test('an idle page sets no timer', () => {
  const { page } = setUp()
  page.input()
  page.pass(5000)
  expect(page.pendingTimers()).toBe(1)
  page.pass(30_000)
  expect(page.pendingTimers()).toBe(0)
})

test('time the machine slept through counts nowhere', () => {
  const { page, tracker } = setUp()
  page.input()
  page.pass(7000)
  page.sleep(600_000)
  expect(tracker.totals()).toMatchObject({ active_ms: 10_000, visible_ms: 10_000 })
  page.pass(2000)
  page.input()
  page.pass(3000)
  expect(tracker.totals()).toMatchObject({ active_ms: 13_000, visible_ms: 15_000 })
  expect(tracker.attendedMs()).toBe(15_000)
})

test('attention lasts from the showing of the page until the idle timeout, and again after an input', () => {
  const { page, tracker } = setUp()
  page.pass(40_000)
  expect(tracker.attendedMs()).toBe(30_000)
  page.input()
  page.pass(5000)
  page.show(false)
  page.pass(5000)
  page.show(true)
  page.pass(60_000)
  expect(tracker.attendedMs()).toBe(30_000 + 5000 + 30_000)
})
