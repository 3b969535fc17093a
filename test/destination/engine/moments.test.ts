/** Each moment as its sentence says: when it fires, and when the same behaviour is not it. */
import { expect, test } from 'vitest'
import type { Message } from '../../../src/destination/engine/message.ts'
import { added, at, identified, letDue, measured, message, ordered, tell } from '../../support/messages.ts'

const viewed = (clock: string, id: string, rest: object = {}): Message =>
  message(clock, {
    event: 'Product Viewed',
    properties: { product_id: id, name: id, category: 'ferns', price: 12, ...rest },
  })
const names = (told: { readonly fired: readonly string[] }, name: string) => told.fired.filter(fired => fired === name)
const restraints = (told: ReturnType<typeof tell>, name: string) =>
  told.withheld.filter(({ moment }) => moment === name).map(({ restraint }) => restraint)

test('an article read to 80 % in a minute of attention is a deep dive; skimmed to the end it is not', () => {
  const read = tell([measured('10:00', { path: '/blog/moss', activeMs: 65_000, scrollDepth: 0.85 })])
  expect(read.moments).toContainEqual(
    expect.objectContaining({
      moment: 'Content Deep Dive Detected',
      why: 'Read 85 % of A page in 65 s of attention (thresholds 80 % and 60 s).',
    }),
  )
  const skimmed = tell([measured('10:00', { path: '/blog/moss', activeMs: 20_000, scrollDepth: 1 })])
  expect(names(skimmed, 'Content Deep Dive Detected')).toEqual([])
})

test('the third look at a product without an order is repeat interest; a reload is not a look', () => {
  const name = 'Repeat Product Interest Detected'
  const thrice = tell([viewed('1 10:00', 'fern'), viewed('2 10:00', 'fern'), viewed('4 10:00', 'fern')])
  expect(thrice.moments).toContainEqual(
    expect.objectContaining({
      moment: name,
      properties: expect.objectContaining({ view_count: 3, product_name: 'fern' }),
    }),
  )
  const reloaded = tell([viewed('10:00:00', 'fern'), viewed('10:00:05', 'fern'), viewed('10:00:09', 'fern')])
  expect(names(reloaded, name)).toEqual([])
  const bought = tell([
    viewed('1 10:00', 'fern'),
    viewed('2 10:00', 'fern'),
    ordered('2 11:00'),
    viewed('9 10:00', 'fern'),
  ])
  expect(names(bought, name)).toEqual([])
})

test('three products within 15 minutes, one of them again, is comparing; three in a row is strolling', () => {
  const name = 'Comparison Detected'
  const stroll = [viewed('10:00', 'fern'), viewed('10:02', 'moss'), viewed('10:04', 'ivy')]
  expect(restraints(tell(stroll), name)).toEqual(['unconfirmed'])
  // A longer stroll is no further news.
  expect(restraints(tell([...stroll, viewed('10:05', 'lily')]), name)).toEqual(['unconfirmed'])
  const back = tell([...stroll, viewed('10:06', 'fern')])
  expect(back.moments).toContainEqual(
    expect.objectContaining({
      moment: name,
      why: 'Looked at 3 products within 15 min (threshold 3): fern, moss and ivy, one of them again.',
    }),
  )
  expect(
    names(
      tell([viewed('10:00', 'fern'), viewed('10:20', 'moss'), viewed('10:40', 'ivy'), viewed('10:41', 'ivy')]),
      name,
    ),
  ).toEqual([])
})

test('45 s at the checkout, the pointer on something and no click, is hesitation', () => {
  const name = 'Hesitation Detected'
  const stays = { path: '/checkout', activeMs: 50_000 }
  expect(names(tell([measured('10:00', { ...stays, hovers: { 'place-order': 4000 } })]), name)).toHaveLength(1)
  expect(names(tell([measured('10:00', { ...stays, hovers: { 'place-order': 4000 }, clicks: 1 })]), name)).toEqual([])
  expect(restraints(tell([measured('10:00', stays)]), name)).toEqual(['unconfirmed'])
})

test('who came as far as the checkout is reminded of the checkout, not of the cart', () => {
  const checkout = message('10:02', { event: 'Checkout Started', properties: { value: 10 } })
  const left = tell([identified('10:00'), added('10:01', 'fern'), checkout])
  expect(left.state.timers.map(({ key }) => key)).not.toContain('cart')
  expect(letDue(left, 'checkout').fired.filter(name => name.endsWith('Abandoned'))).toEqual(['Checkout Abandoned'])
  expect(
    tell([identified('10:00'), added('10:01', 'fern'), checkout, ordered('10:05')]).state.timers.map(({ key }) => key),
  ).not.toContain('checkout')
})

const formed = (clock: string, state: string, fields: number): Message => {
  const summary = measured(clock, { page: 'form', path: '/contact', activeMs: 20_000 })
  return {
    ...summary,
    properties: { ...summary.properties, form: { id: 'contact', state, last_field: 'phone', fields_touched: fields } },
  }
}

test('a form filled and not sent for ten minutes is abandoned; sent, or only touched, it is not', () => {
  const [abandoned] = letDue(tell([identified('10:00'), formed('10:01', 'engaged', 3)]), 'form').moments
  expect([abandoned]).toMatchObject([
    {
      moment: 'Form Abandoned',
      at: at('10:11'),
      properties: { form_id: 'contact', last_field: 'phone', fields_touched: 3 },
    },
  ])
  const sent = tell([identified('10:00'), formed('10:01', 'engaged', 3), formed('10:02', 'submitted', 3)])
  expect(sent.state.timers.map(({ key }) => key)).not.toContain('form')
  expect(
    restraints(letDue(tell([identified('10:00'), formed('10:01', 'started', 1)]), 'form'), 'Form Abandoned'),
  ).toEqual(['unconfirmed'])
})

const left = (clock: string, kind: string, activeMs = 40_000): Message => {
  const summary = measured(clock, { activeMs, hovers: { fern: 1000 } })
  return { ...summary, properties: { ...summary.properties, exit: { kind } } }
}

test('90 s after the last beacon without a return, the visit has ended', () => {
  const { moments } = letDue(tell([left('10:00', 'close')]), 'exit')
  expect(moments).toMatchObject([
    { moment: 'Session Exited', at: at('10:01:30'), properties: { exit_kind: 'close', active_seconds: 40 } },
  ])
})

test('a visit that ends tells the pieces in the cart, as the trait does', () => {
  const [ended] = letDue(tell([added('09:59', 'fern', { quantity: 3 }), left('10:00', 'close')]), 'exit').moments
  expect(ended?.properties).toMatchObject({ cart_item_count: 3 })
})

test('a quick return, a link of the site and a link out of it are no exits', () => {
  const timers = (...messages: Message[]) => tell(messages).state.timers.map(({ key }) => key)
  expect(timers(left('10:00:00', 'hidden'), measured('10:00:20', { page: 'next' }))).not.toContain('exit')
  expect(timers(left('10:00', 'internal'))).not.toContain('exit')
  expect(timers(left('10:00', 'outbound'))).not.toContain('exit')
})

test('a visit of a few seconds is not worth telling when it ends', () => {
  expect(letDue(tell([left('10:00', 'close', 3000)]), 'exit').fired).toEqual([])
})

test('a download is told once for its page view, however often the page repeats it', () => {
  const summary = measured('10:00', { activeMs: 1000 })
  const took = { ...summary, properties: { ...summary.properties, downloads: [{ file: 'guide.pdf', at_ms: 900 }] } }
  const told = tell([took, { ...took, messageId: 'again', timestamp: at('10:05'), receivedAt: at('10:05') }])
  expect(names(told, 'Content Downloaded')).toHaveLength(1)
  const event = message('10:00', { event: 'File Downloaded', properties: { file: 'guide.pdf' } })
  expect(names(tell([event]), 'Content Downloaded')).toHaveLength(1)
})

test('a feature used once and not again within five minutes has stalled; used twice it has not', () => {
  const used = (clock: string) => message(clock, { event: 'Feature Used', properties: { feature: 'export' } })
  const [stalled] = letDue(tell([identified('10:00'), used('10:01')]), 'feature').moments
  expect([stalled]).toMatchObject([
    { moment: 'Feature Adoption Stalled', at: at('10:06'), properties: { feature: 'export' } },
  ])
  expect(tell([used('10:01'), used('10:03')]).state.timers.map(({ key }) => key)).not.toContain('feature')
})

test('somebody who is back after two weeks and engaged again is re-engaged', () => {
  const visit = (clock: string, page: string) => measured(clock, { page, hovers: { fern: 5000 } })
  const back = tell([visit('1 10:00', 'a'), visit('20 10:00', 'b')])
  expect(back.moments).toContainEqual(
    expect.objectContaining({
      moment: 'Re-engaged',
      properties: expect.objectContaining({ days_away: 19, visit_number: 2 }),
    }),
  )
  expect(names(tell([visit('1 10:00', 'a'), visit('5 10:00', 'b')]), 'Re-engaged')).toEqual([])
})

test('an e-mail that arrives or is opened is no visit: who only reads mail has been away', () => {
  const visit = (clock: string, page: string) => measured(clock, { page, hovers: { fern: 5000 } })
  const mail = (clock: string, event: string) => message(clock, { event })
  const told = tell([
    visit('1 10:00', 'a'),
    mail('10 07:00', 'Email Delivered'),
    mail('19 08:00', 'Email Opened'),
    visit('20 10:00', 'b'),
  ])
  expect(told.state.visit.number).toBe(2)
  expect(names(told, 'Re-engaged')).toHaveLength(1)
})

test.each(['Unsubscribed', 'Email Marked as Spam', 'Email Bounced'])('%s silences every moment', event => {
  const told = tell([
    message('09:00', { event }),
    measured('10:00', { path: '/pricing', activeMs: 95_000, scrollDepth: 0.5 }),
  ])
  expect(told.fired).toEqual([])
  expect(told.withheld.map(({ restraint }) => restraint)).toContain('silenced')
})

test('after an order the next capped moment waits a day', () => {
  const told = tell([ordered('10:00'), measured('10:10', { path: '/pricing', activeMs: 95_000, scrollDepth: 0.5 })])
  expect(restraints(told, 'Pricing Intent Detected')).toEqual(['just_ordered'])
})

test('two strong signs of a program together are enough, one alone is not', () => {
  const flagged = (...flags: string[]) => {
    const summary = measured('10:00', { hovers: { fern: 4000 } })
    return tell([
      {
        ...summary,
        properties: { ...summary.properties, automation: Object.fromEntries(flags.map(flag => [flag, true])) },
      },
    ])
  }
  expect(flagged('teleport').fired).toEqual(['Engagement Level Reached'])
  expect(flagged('teleport', 'metronome').withheld).toMatchObject([
    { restraint: 'automated', why: 'A program seems to drive the browser (100 % sure).' },
  ])
})
