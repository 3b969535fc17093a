import { expect, test } from 'vitest'
import { type Asked, createHistory, type Found } from '../../../src/destination/backtest/history.ts'
import { createPlayback } from '../../../src/destination/backtest/playback.ts'
import type { Message } from '../../../src/destination/engine/message.ts'
import { parsePolicy } from '../../../src/destination/parse-policy.ts'
import { planDeliveries } from '../../../src/destination/plan.ts'
import { at, identified, message } from '../../support/messages.ts'

const mailer = { name: 'mailer', needs: { event: ['email'], traits: ['email'] } } as const
const ALWAYS = { from: 0, to: Number.MAX_SAFE_INTEGER }

const parsed = parsePolicy({
  consent: ['marketing'],
  customMoments: ['Price Asked', 'Demo Asked'].map(event => ({
    ...{ name: event, when: { event }, freshFor: '30m', cooldown: '1m', capped: false },
  })),
})
if (parsed.kind === 'invalid') throw new Error(parsed.problems.join('\n'))
const { policy } = parsed
const planned = new Set<string>()

function historyOf(messages: readonly Message[], period: Asked = ALWAYS): Found {
  const history = createHistory(mailer, policy, period)
  const playback = createPlayback(policy, played => {
    history.note(played)
    for (const { id } of planDeliveries(played, [mailer], policy)) planned.add(id)
  })
  for (const each of messages) playback.take({ receivedAt: each.receivedAt, messages: [each] })
  return history.found(playback.people.stateOf)
}

const asked = (clock: string, event = 'Price Asked', rest: Partial<Message> = {}) => message(clock, { event, ...rest })
const told = ({ lanes }: Found) =>
  lanes.map(lane => lane.map(({ name, time }) => `${name} ${new Date(time).toISOString().slice(8, 16)}`))

test('moments are told person by person, in order, as of the past, with the ids of the outbox and without traits', () => {
  const found = historyOf([
    identified('10:00'),
    asked('10:01'),
    asked('10:02', 'Demo Asked', {
      anonymousId: 'bob',
      userId: 'bob',
      context: { page: {}, traits: { email: 'bob@example.com' } },
    }),
    asked('10:10', 'Demo Asked'),
  ])
  expect(told(found)).toEqual([['Price Asked 01T10:01', 'Demo Asked 01T10:10'], ['Demo Asked 01T10:02']])
  expect([found.unknown, found.withdrawn]).toEqual([0, 0])
  const all = found.lanes.flat()
  expect(all.every(({ traits, replayed }) => replayed === true && Object.keys(traits).length === 0)).toBe(true)
  expect(all.every(({ id }) => planned.has(id))).toBe(true)
  expect(all[0]?.identifiers).toEqual({ email: 'ada@example.com', userId: 'ada', anonymousId: 'anon' })
  expect(all[0]?.properties).toHaveProperty('reason')
})

test('a late message is put where it belongs', () => {
  const late = asked('10:05', 'Demo Asked', { receivedAt: at('10:20') })
  expect(told(historyOf([identified('10:00'), asked('10:10'), late]))).toEqual([
    ['Demo Asked 01T10:05', 'Price Asked 01T10:10'],
  ])
})

test('whoever is known in time is told of, of each moment only the latest', () => {
  const found = historyOf([asked('10:00'), asked('10:05'), asked('10:06', 'Demo Asked'), identified('10:20')])
  expect(told(found)).toEqual([['Price Asked 01T10:05', 'Demo Asked 01T10:06']])
  expect(found.unknown).toBe(1)
})

test('whoever is known too late, or never, is not', () => {
  const found = historyOf([
    asked('10:00'),
    asked('10:25', 'Demo Asked'),
    identified('10:40'),
    asked('10:41', 'Price Asked', { anonymousId: 'stranger' }),
  ])
  expect(told(found)).toEqual([['Demo Asked 01T10:25']])
  expect(found.unknown).toBe(2)
})

test('what several visits did belongs to the one person they turn out to be', () => {
  const phone = { anonymousId: 'phone' }
  const found = historyOf([
    identified('10:00'),
    asked('10:05'),
    asked('10:01', 'Demo Asked', { ...phone, receivedAt: at('10:06') }),
    message('10:10', { ...phone, type: 'identify', userId: 'ada' }),
  ])
  expect(told(found)).toEqual([['Demo Asked 01T10:01', 'Price Asked 01T10:05']])
  expect(new Set(found.lanes.flat().map(({ profileId }) => profileId)).size).toBe(1)
  expect(found.unknown).toBe(0)
})

test('only what happened in the time that is asked for counts', () => {
  const messages = [identified('10:00'), asked('10:05'), asked('11:05', 'Demo Asked'), asked('12:05')]
  expect(told(historyOf(messages, { from: at('11:00'), to: at('12:05') }))).toEqual([['Demo Asked 01T11:05']])
})

test('what the service may not have decided yet is left to it', () => {
  const messages = [identified('10:00'), asked('10:05'), asked('11:05', 'Demo Asked')]
  const found = historyOf(messages, { ...ALWAYS, decidedUntil: at('11:00') })
  expect([told(found), found.recent]).toEqual([[['Price Asked 01T10:05']], 1])
})

test('who has unsubscribed, withdrawn consent or been deleted since then is left out', () => {
  const consent = (marketing: boolean) => ({ context: { page: {}, traits: {}, consent: { marketing } } })
  const unsubscribed = historyOf([identified('10:00'), asked('10:05'), message('11:00', { event: 'Unsubscribed' })])
  expect(unsubscribed).toEqual({ lanes: [], unknown: 0, withdrawn: 1, recent: 0 })
  const withdrawn = [identified('10:00'), asked('10:05', 'Price Asked', consent(true))]
  expect(historyOf(withdrawn)).toMatchObject({ withdrawn: 0 })
  const deletion = message('11:00', { type: 'delete', userId: 'ada' })
  expect(historyOf([identified('10:00'), asked('10:05'), deletion])).toMatchObject({ lanes: [], withdrawn: 1 })
  expect(historyOf([...withdrawn, message('11:00', { type: 'page', ...consent(false) })])).toMatchObject({
    withdrawn: 1,
  })
})

test('what was held back is not told', () => {
  const webdriver = message('10:00', {
    event: 'Engagement Measured',
    properties: { pageview_id: 'p', automation: { webdriver: true } },
  })
  expect(historyOf([identified('09:59'), webdriver, asked('10:05')])).toEqual({
    lanes: [],
    unknown: 0,
    withdrawn: 0,
    recent: 0,
  })
})
