/** What a platform says of a person when asked: it silences as an unsubscription does, and is lifted by itself alone. */
import { expect, test } from 'vitest'
import { mergeStates } from '../../../src/destination/engine/identity.ts'
import { PERMISSION_READ } from '../../../src/destination/engine/message.ts'
import { defaultPolicy } from '../../../src/destination/engine/policy.ts'
import { initialState, isIdentified, type ProfileState } from '../../../src/destination/engine/profile.ts'
import { fires, firesNo, given, under, withholds } from '../../support/given.ts'
import { at, identified, message } from '../../support/messages.ts'

const told = (clock: string, platform: string, mayEmail: boolean, reason?: string) =>
  message(clock, { event: PERMISSION_READ, properties: { platform, may_email: mayEmail, reason } })
const asks = (clock: string) => message(clock, { event: 'Price Asked' })
const eager = under({
  customMoments: [{ name: 'Price Asked', when: { event: 'Price Asked' }, cooldown: '1ms' }],
  restraint: { sustained: '1ms', quietHours: { from: 0, to: 0 } },
})

test('whom a platform lets no e-mail reach is left in peace, and told why', () => {
  eager
    .given(identified('10:00'), told('10:01', 'hubspot', false, 'opted out'))
    .when(asks('10:02'))
    .then(
      withholds('Price Asked', 'silenced', {
        why: expect.stringMatching(/^hubspot lets no e-mail reach them \(opted out\) at .*10:01/),
      }),
    )
})

test('a later word of the same platform lifts it, one of another does not', () => {
  const barred = [identified('10:00'), told('10:01', 'hubspot', false), told('10:02', 'klaviyo', false)]
  eager
    .given(...barred, told('10:03', 'hubspot', true))
    .when(asks('10:05'))
    .then(withholds('Price Asked', 'silenced'))
  eager
    .given(...barred, told('10:03', 'hubspot', true), told('10:04', 'klaviyo', true))
    .when(asks('10:05'))
    .then(fires('Price Asked'))
})

test('it lifts nothing that reached us as an event: who unsubscribed stays so', () => {
  eager
    .given(identified('10:00'), message('10:01', { event: 'Unsubscribed' }), told('10:02', 'klaviyo', false))
    .when(told('10:03', 'klaviyo', true), asks('10:04'))
    .then(withholds('Price Asked', 'silenced', { why: expect.stringContaining('They unsubscribed') }))
})

test('no sequence follows somebody up who is barred', () => {
  const uses = message('10:05', { event: 'Feature Used', properties: { feature: 'wishlist' } })
  const runs: number[] = []
  for (const before of [[], [told('10:02', 'klaviyo', false)]])
    given(identified('10:00'), ...before)
      .when(uses)
      .then(({ facts }) => void runs.push(facts.filter(({ kind }) => kind === 'sequence_moved').length))
  expect(runs[0]).toBeGreaterThan(0)
  expect(runs[1]).toBe(0)
})

test('a word that is no yes or no says nothing', () => {
  eager
    .given(
      identified('10:00'),
      message('10:01', { event: PERMISSION_READ, properties: { platform: 'x', may_email: 'no' } }),
    )
    .when(asks('10:02'))
    .then(fires('Price Asked'))
})

test('being asked about is no visit', () => {
  given(identified('10:00'))
    .when(told('10:01', 'klaviyo', true))
    .then(firesNo('Re-engaged'), ({ state }) => {
      expect(state.visit.number).toBe(0)
    })
})

test('who turns out to be somebody barred is barred too, in whichever order they are joined', () => {
  const barred = (...platforms: readonly string[]): ProfileState => ({
    ...initialState,
    barred: platforms.map((platform, index) => ({ platform, reason: undefined, at: at(`10:0${index}`) })),
  })
  const merged = mergeStates(barred('a', 'c'), barred('b', 'c'), defaultPolicy)
  expect(merged.barred?.map(({ platform }) => platform)).toEqual(['a', 'b', 'c'])
  expect(mergeStates(barred('b', 'c'), barred('a', 'c'), defaultPolicy).barred).toEqual(merged.barred)
  expect(isIdentified(merged)).toBe(false)
})

test('how many orders somebody made is a condition like the other traits the company tells', () => {
  const config = under({
    customMoments: [
      { name: 'Regular Asks', when: { event: 'Price Asked', traits: { orders: { atLeast: 3 } } }, cooldown: '1ms' },
    ],
    restraint: { sustained: '1ms', quietHours: { from: 0, to: 0 } },
  })
  const orders = (count: number) => message('10:01', { type: 'identify', traits: { orders: count } })
  config.given(identified('10:00'), orders(2)).when(asks('10:02')).then(firesNo('Regular Asks'))
  config.given(identified('10:00'), orders(3)).when(asks('10:02')).then(fires('Regular Asks'))
})
