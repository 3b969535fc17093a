/** What happens to a page view while the page is hidden, frozen, prerendered, routed about, or its clock is wrong. */
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { ready, type Visit } from './site.ts'
import { installClock, useSites } from './use-sites.ts'
import { setVisible } from './visibility.ts'

const card = '<div data-inkling="card" style="height:200px;background:#ddd">card</div>'

const { open, visit } = useSites()

async function hide(page: Page, fits: Parameters<Visit['summary']>[0] = ({ reason }) => reason === 'hidden') {
  await setVisible(page, false)
  return (await visit.summary(fits)).body.properties
}

/** Stops the page's clock, so that only what a test lets pass does pass. */
async function stopClock(page: Page): Promise<void> {
  await page.clock.pauseAt(Date.now() + 600_000)
}

test('a hover with five hidden seconds in its middle counts only what was visible', async () => {
  const page = await open({ body: card })
  await page.mouse.move(100, 100, { steps: 8 })
  await page.clock.runFor(1500)
  await setVisible(page, false)
  await page.clock.runFor(5000)
  await setVisible(page, true)
  await page.mouse.move(110, 100, { steps: 4 })
  await page.clock.runFor(1600)
  const { hovers } = await hide(page, ({ hovers }) => hovers[0]?.ms > 2900)
  expect(hovers).toEqual([{ element: 'card', ms: expect.any(Number), count: 2 }])
  expect(hovers[0].ms).toBeGreaterThanOrEqual(3000)
  expect(hovers[0].ms).toBeLessThan(3500)
})

test('a tab opened in the background has no view until it is shown, and then the name that page() gave', async () => {
  const page = await open({
    body: card,
    callsPage: false,
    before: async page => {
      await installClock(page)
      await page.addInitScript(() =>
        Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true }),
      )
    },
  })
  await page.evaluate(() =>
    window.analytics.page('Home', {}, { context: { page: { path: '/named' } } }).then(() => undefined),
  )
  await page.clock.runFor(60_000)
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide', { persisted: false })))
  await visit.settled()
  expect(visit.summaries()).toEqual([])
  await setVisible(page, true)
  await page.clock.runFor(2000)
  await setVisible(page, false)
  const { properties, context } = (await visit.summary()).body
  expect(properties).toMatchObject({ sequence: 1 })
  expect(properties.visible_ms).toBeLessThan(3000)
  expect(context.page.path).toBe('/named')
})

test('a prerendered page has no view before it is shown, and its time begins there', async () => {
  // This browser prerenders nothing while it is driven, so the page is told by hand what a prerendered one is told.
  const page = await open({
    body: card,
    before: async page => {
      await installClock(page)
      await page.addInitScript(() =>
        Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true }),
      )
    },
  })
  await page.clock.runFor(30_000)
  await page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { value: 'visible', configurable: true })
    document.dispatchEvent(new Event('prerenderingchange', { bubbles: true }))
  })
  await page.clock.runFor(1000)
  await page.click('div')
  await page.clock.runFor(1000)
  await page.close({ runBeforeUnload: true })
  const { properties } = (await visit.summary()).body
  expect(properties).toMatchObject({ sequence: 1, reason: 'exit', clicks: [{ element: 'card' }] })
  for (const ms of [properties.visible_ms, properties.time_to_first_interaction_ms, properties.clicks[0].at_ms])
    expect(ms).toBeLessThan(4000)
})

test('a frozen page counts nothing until it is resumed', async () => {
  const page = await open({ body: card })
  await stopClock(page)
  await page.mouse.move(100, 100, { steps: 8 })
  await page.clock.runFor(2000)
  const before = await hide(page)
  await setVisible(page, true)
  await page.mouse.move(110, 100, { steps: 4 })
  await page.clock.runFor(1000)
  // What a browser does to a page it freezes and resumes: two events, and no timer between them.
  await page.evaluate(() => document.dispatchEvent(new Event('freeze', { bubbles: true })))
  await page.clock.fastForward(600_000)
  await page.evaluate(() => document.dispatchEvent(new Event('resume', { bubbles: true })))
  await page.clock.runFor(500)
  const after = await hide(page, ({ visible_ms }) => visible_ms > before.visible_ms + 1000)
  expect(after.visible_ms - before.visible_ms).toBe(1500)
  expect(after.active_ms - before.active_ms).toBe(1000)
  expect(after.hovers[0].ms).toBe(3000)
})

test('where the pointer is when a page comes back is no movement; what it does then is', async () => {
  const page = await open({ body: '<p>Ferns</p>' })
  await page.mouse.move(100, 100, { steps: 4 })
  // This browser keeps no page for the way back, so the two events of it are given by hand.
  await page.evaluate(() => {
    dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))
    dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))
  })
  const first = (await visit.summary(({ reason }) => reason === 'exit')).body.properties
  await page.mouse.move(500, 300)
  await page.clock.runFor(2000)
  await page.mouse.move(540, 300)
  await page.clock.runFor(1000)
  await page.close({ runBeforeUnload: true })
  const { properties } = (await visit.summary(({ pageview_id }) => pageview_id !== first.pageview_id)).body
  expect(properties.active_ms).toBeGreaterThan(900)
  expect(properties.active_ms).toBeLessThan(2000)
  expect(properties.time_to_first_interaction_ms).toBeGreaterThanOrEqual(1900)
})

test('of what the machine sleeps through no more counts than the time to the next tick', async () => {
  const page = await open({ body: card })
  await stopClock(page)
  await page.mouse.move(100, 100, { steps: 8 })
  await page.clock.runFor(2000)
  const before = await hide(page)
  await setVisible(page, true)
  await page.mouse.move(110, 100, { steps: 4 })
  await page.clock.runFor(1000)
  await page.clock.fastForward(3_600_000)
  const after = await hide(page, ({ visible_ms }) => visible_ms > before.visible_ms)
  expect(after.visible_ms - before.visible_ms).toBe(5000)
  expect(after.active_ms - before.active_ms).toBe(5000)
})

test('setting the system clock back changes no duration', async () => {
  const page = await open({ body: card })
  await stopClock(page)
  await page.mouse.move(100, 100, { steps: 8 })
  const before = await hide(page)
  await setVisible(page, true)
  await page.mouse.move(110, 100, { steps: 4 })
  await page.clock.runFor(1000)
  await page.evaluate(() => {
    const { now } = Date
    Date.now = () => now() - 3_600_000
  })
  await page.clock.setSystemTime(Date.now() - 3_600_000)
  await page.clock.runFor(1000)
  const after = await hide(page, ({ visible_ms }) => visible_ms > before.visible_ms)
  expect(after.visible_ms - before.visible_ms).toBe(2000)
  expect(after.active_ms - before.active_ms).toBe(2000)
})

test('three routes within a second are three views, each with its own time', async () => {
  const page = await open({ body: card })
  await stopClock(page)
  await page.mouse.move(100, 100, { steps: 8 })
  for (const path of ['/one', '/two', '/three']) {
    await page.evaluate(to => history.pushState({}, '', to), path)
    await page.clock.runFor(300)
  }
  await setVisible(page, false)
  await visit.summary(({ reason }) => reason === 'hidden')
  const bodies = visit.summaries().map(({ body }) => body)
  expect(bodies.map(({ context }) => context.page.path)).toEqual(['/', '/one', '/two', '/three'])
  expect(new Set(bodies.map(({ properties }) => properties.pageview_id)).size).toBe(4)
  expect(bodies.slice(1).map(({ properties }) => properties.visible_ms)).toEqual([300, 300, 300])
})

test('a route that changes within a view transition is one new view', async () => {
  const page = await open({ body: `<main>${card}</main>` })
  await page.clock.runFor(1000)
  await page.evaluate(
    () =>
      document.startViewTransition(() => {
        history.pushState({}, '', '/next')
        document.title = 'Next'
      }).updateCallbackDone,
  )
  await page.clock.runFor(1000)
  await page.close({ runBeforeUnload: true })
  await visit.summary(({ reason }) => reason === 'exit')
  const pages = visit.summaries().map(({ body }) => body.context.page)
  expect(pages.map(({ path, title }) => [path, title])).toEqual([
    ['/', 'Shop'],
    ['/next', 'Next'],
  ])
})

test('with hash routes the route behind the hash makes a view, and an anchor makes none', async () => {
  const page = await open({ body: card, options: { routes: 'hash' } })
  await page.clock.runFor(500)
  await page.evaluate(() => {
    location.hash = '#/pricing?plan=1'
  })
  const first = (await visit.summary()).body
  expect(first.properties.reason).toBe('navigation')
  expect(first.context.page.path).toBe('/')
  await page.evaluate(() => window.analytics.page().then(() => undefined))
  await page.clock.runFor(500)
  await page.evaluate(() => {
    location.hash = '#/pricing?plan=2'
    location.hash = '#!/pricing'
  })
  await page.close({ runBeforeUnload: true })
  const second = (await visit.summary(({ reason }) => reason === 'exit')).body
  expect(second.context.page.path).toBe('/pricing')
  expect(visit.summaries()).toHaveLength(2)
})

test('two tabs of one visitor that take turns add up to the time that passed', async () => {
  const first = await open({ body: card })
  const second = await first.context().newPage()
  await second.clock.install()
  await second.goto(first.url())
  await ready(second)
  await setVisible(second, false)
  for (const page of [first, second]) await stopClock(page)
  const base = new Map<string, number>()
  for (const page of [first, second]) {
    await setVisible(page, true)
    await page.clock.runFor(100)
    await setVisible(page, false)
  }
  await visit.settled()
  for (const { body } of visit.summaries()) base.set(body.properties.pageview_id, body.properties.visible_ms)
  const known = visit.summaries().length
  for (let turn = 0; turn < 3; turn++) {
    for (const page of [first, second]) {
      await setVisible(page, true)
      await page.clock.runFor(2000)
      await setVisible(page, false)
    }
  }
  await visit.settled()
  const last = new Map(
    visit
      .summaries()
      .slice(known)
      .map(({ body }) => [body.properties.pageview_id, body.properties.visible_ms]),
  )
  expect([...last].map(([id, ms]) => ms - (base.get(id) ?? 0))).toEqual([6000, 6000])
})

test('who uses only the keyboard is active, and no program', async () => {
  const page = await open({ body: '<button id="one">1</button><button id="two">2</button>' })
  await stopClock(page)
  for (const key of ['Tab', 'Tab', 'Enter']) {
    await page.keyboard.press(key)
    await page.clock.runFor(4000)
  }
  const summary = await hide(page)
  expect(summary.active_ms).toBe(12_000)
  expect(summary.automation).toEqual({})
  expect(summary.clicks).toMatchObject([{ element: 'two' }])
})

test('a hover ends when the element scrolls away from under the pointer', async () => {
  const page = await open({
    body: `${card}<div style="height:3000px"></div>`,
    before: async page => {
      await installClock(page)
      // What the browser says of its own accord while scrolling is kept from us: only our own look notices.
      await page.addInitScript(() =>
        addEventListener('pointerover', event => scrollY > 0 && event.stopImmediatePropagation(), { capture: true }),
      )
    },
  })
  await page.mouse.move(100, 100, { steps: 8 })
  await page.clock.runFor(1000)
  await page.evaluate(
    () =>
      new Promise<void>(resolve => {
        addEventListener('scroll', () => resolve(), { once: true })
        scrollTo(0, 800)
      }),
  )
  await page.clock.runFor(4000)
  const { hovers } = await hide(page)
  expect(hovers).toEqual([{ element: 'card', ms: expect.any(Number), count: 1 }])
  expect(hovers[0].ms).toBeLessThan(1900)
})

test.for([
  ['at once', 3000, 3100],
  ['within its first second, soon after that', 500, 2500],
] as const)(
  'a hover ends when its element is taken away and the browser says nothing: %s',
  async ([, goneMs, most]) => {
    const page = await open({
      body: card,
      before: async page => {
        await installClock(page)
        await page.addInitScript(() => {
          for (const type of ['pointerover', 'pointerout'])
            addEventListener(type, event => 'gone' in window && event.stopImmediatePropagation(), { capture: true })
        })
      },
    })
    await stopClock(page)
    await page.mouse.move(100, 100, { steps: 8 })
    await page.clock.runFor(goneMs)
    await page.evaluate(
      () =>
        new Promise<void>(resolve => {
          Object.assign(window, { gone: true })
          document.querySelector('[data-inkling]')?.remove()
          // Observers speak after a frame, the newest last.
          new IntersectionObserver(() => resolve()).observe(document.body)
        }),
    )
    for (let n = 0; n < 4; n++) {
      await page.clock.runFor(1000)
      await page.evaluate(
        () => new Promise<void>(resolve => new IntersectionObserver(() => resolve()).observe(document.body)),
      )
    }
    const { hovers } = await hide(page, ({ reason, visible_ms }) => reason === 'hidden' && visible_ms > 4000)
    expect(hovers).toEqual([{ element: 'card', ms: expect.any(Number), count: 1 }])
    expect(hovers[0].ms).toBeGreaterThanOrEqual(goneMs - 100)
    expect(hovers[0].ms).toBeLessThanOrEqual(most)
  },
)

test('a finger that rests on an element for half a second counts as a hover of that time', async () => {
  const page = await open({ body: card, context: { hasTouch: true, isMobile: true } })
  const touch = await page.context().newCDPSession(page)
  const press = async (ms: number, x = 100) => {
    await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x: 100, y: 100 }] })
    await page.clock.runFor(ms)
    if (x !== 100) await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: [{ x, y: 100 }] })
    await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
  }
  await page.evaluate(() => {
    // The browser stamps touches with its own clock, which the test cannot run faster.
    const stamps = new WeakMap<Event, number>()
    Object.defineProperty(Event.prototype, 'timeStamp', {
      get() {
        const at = stamps.get(this) ?? performance.now()
        stamps.set(this, at)
        return at
      },
    })
  })
  await stopClock(page)
  await press(500)
  await press(100)
  await press(500, 160)
  const { hovers } = await hide(page)
  expect(hovers).toEqual([{ element: 'card', ms: 500, count: 1 }])
})
