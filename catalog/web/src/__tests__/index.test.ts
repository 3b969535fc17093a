import type { Plugin } from '@segment/analytics-next'
import { Analytics, Context } from '@segment/analytics-next'
import inklingPlugins, { destination } from '../index'

const TRIGGER = 'type = "track" or type = "identify" or type = "page" or type = "group" or type = "alias"'

/** The plugins of a connection whose mapping has these fields, loaded by analytics.js. */
async function connect(mapping = {}, enabled = true) {
  const subscription = { partnerAction: 'engagementPlugin', name: 'Engagement Plugin', subscribe: TRIGGER }
  const analytics = new Analytics({ writeKey: 'w_123' })
  const plugins = (await inklingPlugins({ subscriptions: [{ ...subscription, mapping, enabled }] })) as Plugin[]
  for (const plugin of plugins) await analytics.register(plugin)
  /** What the connection makes of a track call. */
  const track = (event: object = {}) =>
    plugins[0]?.track?.(new Context({ type: 'track', event: 'Trial Started', ...event }))
  return { analytics, plugins, track }
}

class Observer {
  observe() {
    return undefined
  }
  disconnect() {
    return undefined
  }
}

describe('Inkling Browser Plugins', () => {
  beforeAll(() => {
    // Every browser has what jsdom lacks: a page in view, a device, and ways to see what else is in view.
    Object.defineProperty(document, 'visibilityState', { value: 'visible', configurable: true })
    Object.assign(window, { matchMedia: () => ({ matches: false }), IntersectionObserver: Observer })
  })

  test('has one enrichment, beside which the engagement plugin is registered once', async () => {
    const { analytics, plugins } = await connect()
    expect(plugins.map(({ name, type }) => [name, type])).toEqual([
      ['Inkling Browser Plugins engagementPlugin', 'enrichment']
    ])
    const names = analytics.queue.plugins.map(({ name }) => name)
    expect(names.filter((name) => name === 'Inkling Engagement')).toHaveLength(1)
  })

  test('stamps events with the page view', async () => {
    const { track } = await connect()
    const first = await track()
    const second = await track({ integrations: { Inkling: true } })
    expect(first?.event.integrations).toEqual({ Inkling: { pageview_id: expect.stringMatching(/^\w{10,}$/) } })
    expect(second?.event.integrations).toEqual(first?.event.integrations)
  })

  test('leaves events alone that are not for Inkling', async () => {
    const { track } = await connect()
    for (const integrations of [{ All: false }, { Inkling: false }]) {
      expect((await track({ integrations }))?.event.integrations).toEqual(integrations)
    }
  })

  test('stamps nothing while it waits for consent', async () => {
    const { track } = await connect({ consentCategories: ['Analytics'] })
    expect((await track())?.event.integrations).toBeUndefined()
  })

  test('is not there where its mapping is disabled', async () => {
    const { plugins } = await connect({}, false)
    expect(plugins).toEqual([])
  })

  test('takes only fixed values', () => {
    for (const field of Object.values(destination.actions.engagementPlugin?.fields ?? {})) {
      expect(field.disabledInputMethods).toEqual(['variable', 'function', 'enrichment'])
    }
  })
})
