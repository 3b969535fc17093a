/** The browser half as Segment's CDN would serve it, in the unmodified analytics.js. */
import type { Page } from 'playwright-core'
import { expect, onTestFinished, test } from 'vitest'
import { setVisible } from '../../browser-plugin/visibility.ts'
import { type Collected, openCollector } from '../../support/collector.ts'
import { TRIGGER, useConnectedSites, type Visited } from './connected-site.ts'

const open = useConnectedSites()

async function hover(page: Page): Promise<void> {
  await page.mouse.move(100, 100, { steps: 8 })
  await page.clock.runFor(3500)
}

const stampOf = ({ body }: Collected): unknown => body.integrations.Inkling || undefined

/** Calls a method of analytics.js and resolves with what arrived. */
async function call({ page, collector }: Visited, method: string, ...args: readonly unknown[]): Promise<Collected> {
  // The page's own call is on its way first.
  await collector.next(({ path }) => path === '/v1/p')
  const before = collector.calls.length
  await page.evaluate(
    ([name, given]) => Reflect.get(Reflect.get(window, 'analytics'), name)(...given).then(() => undefined),
    [method, args] as const,
  )
  return collector.next(
    arrived => collector.calls.indexOf(arrived) >= before && arrived.body.event !== 'Engagement Measured',
  )
}

/** Does what a visitor who is measured would be told of, and waits until it would have arrived. */
async function visit(visited: Visited): Promise<Collected> {
  await hover(visited.page)
  await setVisible(visited.page, false)
  return call(visited, 'track', 'After')
}

const summariesOf = ({ collector }: Visited) =>
  collector.calls.filter(({ body }) => body.event === 'Engagement Measured')

test('a connected source measures, and every event tells its page view', async () => {
  const visited = await open()
  await hover(visited.page)
  const summary = await visited.summary()
  expect(summary.properties).toMatchObject({ reason: 'threshold', hovers: [{ element: 'card' }] })
  const stamp = { pageview_id: summary.properties.pageview_id }
  expect(stampOf(await visited.collector.next(({ path }) => path === '/v1/p'))).toEqual(stamp)
  for (const [method, ...args] of [
    ['track', 'Trial Started'],
    ['identify', 'u-1'],
    ['group', 'g-1'],
    ['alias', 'u-2'],
  ])
    expect(stampOf(await call(visited, method ?? '', ...args)), method).toEqual(stamp)
  expect(visited.errors).toEqual([])
})

test('a summary carries no stamp: it says itself what it is of', async () => {
  const visited = await open()
  await hover(visited.page)
  expect((await visited.summary()).integrations).not.toHaveProperty('Inkling')
})

test('what the site says to the destination stays beside the stamp', async () => {
  const visited = await open()
  const told = await call(
    visited,
    'track',
    'Trial Started',
    {},
    { integrations: { All: false, Inkling: { plan: 'pro' } } },
  )
  expect(told.body.integrations).toMatchObject({
    All: false,
    Inkling: { plan: 'pro', pageview_id: expect.any(String) },
  })
})

test.for([{ Inkling: false }, { All: false }])(
  'an event sent with integrations %o is not stamped',
  async integrations => {
    const visited = await open()
    const { body } = await call(visited, 'track', 'Kept Away', {}, { integrations })
    expect(body.integrations).toEqual({ 'Segment.io': true, ...integrations })
  },
)

test.for(['with', 'without'])(
  'the page call of a new route has the new page view, %s the Navigation API',
  async api => {
    const visited = await open({ init: api === 'without' ? 'delete window.navigation' : '' })
    const before = stampOf(await call(visited, 'track', 'Before'))
    await visited.page.evaluate(() => history.pushState({}, '', '/pricing'))
    const named = await call(visited, 'page')
    await hover(visited.page)
    const { properties, context } = await visited.summary(({ reason }) => reason === 'threshold')
    expect(context.page.path).toBe('/pricing')
    expect(stampOf(named)).toEqual({ pageview_id: properties.pageview_id })
    expect(stampOf(named)).not.toEqual(before)
  },
)

const one = {
  name: 'Engagement Plugin',
  enabled: true,
  partnerAction: 'engagementPlugin',
  subscribe: TRIGGER,
  mapping: {},
}
test.for([
  ['the destination is switched off at load', { integrations: { Inkling: false } }],
  ['all destinations but Segment are switched off at load', { integrations: { All: false } }],
  ['its mapping is disabled', { subscriptions: [{ ...one, enabled: false }] }],
  ['there is no mapping', { subscriptions: [] }],
  [
    'the browser sends Global Privacy Control',
    { init: `Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })` },
  ],
  ['the consent it waits for is not given', { mapping: { consentCategories: ['Analytics'] } }],
] as const)('nothing is measured and nothing is stamped where %s', async ([, connected]) => {
  const visited = await open(connected)
  const after = await visit(visited)
  expect(stampOf(after)).toBeUndefined()
  expect(summariesOf(visited)).toEqual([])
  expect(visited.errors).toEqual([])
})

test('a destination that is switched off at load is not even fetched', async () => {
  const { asked } = await open({ integrations: { Inkling: false } })
  expect(asked.filter(path => path.startsWith('/next-integrations/'))).toEqual([])
})

test('where a consent tool drops every event, nothing is sent past it', async () => {
  const visited = await open({ setup: 'analytics.addSourceMiddleware(() => undefined)' })
  await hover(visited.page)
  await setVisible(visited.page, false)
  await visited.page.evaluate(
    host => fetch(`http://${host}/t`, { method: 'POST', body: '{"event":"End"}' }),
    visited.collector.apiHost,
  )
  await visited.collector.next(({ body }) => body.event === 'End')
  expect(visited.collector.calls).toHaveLength(1)
})

test('measuring begins with the event that grants the consent categories', async () => {
  const visited = await open({ mapping: { consentCategories: ['Analytics'] } })
  const consent = { categoryPreferences: { Analytics: true } }
  await call(visited, 'track', 'Segment Consent Preference Updated', {}, { consent })
  await hover(visited.page)
  const { properties } = await visited.summary()
  expect(stampOf(await call(visited, 'track', 'After'))).toEqual({ pageview_id: properties.pageview_id })
})

test('Global Privacy Control counts for nothing where the mapping says so', async () => {
  const init = `Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })`
  const visited = await open({ init, mapping: { respectGpc: false } })
  await hover(visited.page)
  await visited.summary()
})

test('without any calls to spend, only what is told when the page hides is sent', async () => {
  const visited = await open({ mapping: { maxCalls: 0 } })
  await visit(visited)
  expect((await visited.summary()).properties.reason).toBe('hidden')
})

test('summaries that are for Inkling alone say so', async () => {
  const visited = await open({ mapping: { onlyInkling: true } })
  await hover(visited.page)
  expect((await visited.summary()).integrations).toMatchObject({ All: false, Inkling: true })
})

test.for(['', '/'])('with an endpoint ending in %j, summaries go straight there', async ending => {
  const service = await openCollector()
  onTestFinished(() => service.close())
  const visited = await open({ mapping: { endpoint: `http://${service.apiHost.replace('/v1', '')}${ending}` } })
  await hover(visited.page)
  const { path, body } = await service.next(({ body }) => body.event === 'Engagement Measured')
  expect([path, body.writeKey]).toEqual(['/v1/b', 'wk'])
  const after = await call(visited, 'track', 'After')
  expect(stampOf(after)).toEqual({ pageview_id: body.properties.pageview_id })
  expect(summariesOf(visited)).toEqual([])
})

test.for([
  ['the site registers the plugin itself', { setup: LOADS_OWN() }],
  ['the source is connected twice', { connections: 2 }],
] as const)('a visit is measured once though %s', async ([, connected]) => {
  const visited = await open(connected)
  const after = await visit(visited)
  const { properties } = await visited.summary()
  expect(stampOf(after)).toEqual({ pageview_id: properties.pageview_id })
  expect(new Set(summariesOf(visited).map(({ body }) => body.properties.pageview_id)).size).toBe(1)
})

/** The plugin as one script, registered before analytics.js is there. */
function LOADS_OWN(): string {
  return `document.write('<script src="/inkling.js"></' + 'script><script>analytics.register(inkling.engagement())</' + 'script>')`
}

test.for([
  // analytics.js tells of a plugin that cannot start by a promise that nobody waits for.
  ['cannot start', /initialize:async[^{]*\{[^}]*\}\)=>\{/, '$&throw new Error("broken");', ['broken']],
  ['fails with every event', '.pageViewId()', '.missing()', []],
  ['is no script', /^/, '<html>', [expect.stringContaining('Unexpected token')]],
] as const)('events arrive as ever when the browser half %s', async ([, place, broken, errors]) => {
  const visited = await open({ change: script => script.replace(place, broken) })
  const { body } = await call(visited, 'track', 'Trial Started', { plan: 'pro' })
  expect(body).toMatchObject({ event: 'Trial Started', properties: { plan: 'pro' }, integrations: {} })
  expect(body.integrations.Inkling).toBeUndefined()
  expect(visited.errors).toEqual(errors)
})
