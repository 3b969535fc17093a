/** A tiny stream, judged by hand. */
import { expect, test } from 'vitest'
import { confidence, createOutcomes, type Judgement } from '../../../src/destination/backtest/outcome.ts'
import { createPlayback } from '../../../src/destination/backtest/playback.ts'
import type { Message } from '../../../src/destination/engine/message.ts'
import { defaultPolicy } from '../../../src/destination/engine/policy.ts'
import { duration } from '../../../src/destination/engine/time.ts'
import { added, at, measured, message, ordered } from '../../support/messages.ts'

const HOUR = 3_600_000

/** Cart Abandoned after 30 minutes; an order within 2 hours counts; the data end at `end`. */
function judge(
  messages: readonly Message[],
  end: string,
  rest: { moment?: string; from?: string; outcome?: string } = {},
): Judgement {
  const outcomes = createOutcomes({
    moment: rest.moment ?? 'Cart Abandoned',
    from: rest.from === undefined ? 0 : at(rest.from),
    within: 2 * HOUR,
    ...(rest.outcome !== undefined && { outcome: rest.outcome }),
  })
  // Whoever just ordered is left in peace by default; here that would hide what is judged.
  const policy = { ...defaultPolicy, restraint: { ...defaultPolicy.restraint, afterOrder: duration(1) } }
  const playback = createPlayback(policy, outcomes.note)
  for (const message of messages.toSorted((a, b) => a.receivedAt - b.receivedAt))
    playback.take({ receivedAt: message.receivedAt, messages: [message] })
  playback.finish(at(end))
  return outcomes.judge(at(end))
}

const by = (who: string, message: Message): Message => ({ ...message, anonymousId: who, userId: who })
const browses = (who: string, clock: string) => by(who, message(clock, { type: 'page' }))

test('who orders after the trigger is counted, who ordered before it or too late is not', () => {
  const stream = [
    // Reached at 10:30, orders at 11:00: within two hours.
    by('ann', added('10:00', 'fern')),
    by('ann', ordered('11:00')),
    // Reached at 10:30, orders at 13:00: too late.
    by('bob', added('10:00', 'fern')),
    by('bob', ordered('13:00')),
    // Ordered before the half hour was over: never reached.
    by('cid', added('10:00', 'fern')),
    by('cid', ordered('10:20')),
    // Ordered before the trigger, of another cart, and not after it.
    by('dot', ordered('09:00')),
    by('dot', added('10:00', 'fern')),
    // Reached at 10:30 and never seen again.
    by('eve', added('10:00', 'fern')),
    // Only looks around.
    browses('fay', '10:00'),
  ]
  expect(judge(stream, '3 10:30')).toEqual({
    people: 6,
    triggered: 4,
    judged: 4,
    succeeded: 1,
    outcomes: 4,
    foreseen: 1,
    watched: 4,
    returned: 2,
    // Ann after 30 minutes, Bob after two and a half hours: half of them within the shorter.
    medianReturnMs: HOUR / 2,
  })
})

test('nobody is judged before their time is over', () => {
  const stream = [by('ann', added('10:00', 'fern')), by('ann', ordered('11:00'))]
  // Reached at 10:30; the two hours end at 12:30, the day for coming back the next day at 10:30.
  expect(judge(stream, '12:29')).toMatchObject({ triggered: 1, judged: 0, succeeded: 0, watched: 0, returned: 0 })
  expect(judge(stream, '12:30')).toMatchObject({ triggered: 1, judged: 1, succeeded: 1, watched: 0, returned: 0 })
  expect(judge(stream, '2 10:30')).toMatchObject({ watched: 1, returned: 1 })
})

test('what happened before the beginning of the period counts for nothing but memory', () => {
  const stream = [by('ann', added('10:00', 'fern')), by('ann', ordered('11:00')), by('bob', added('2 10:00', 'fern'))]
  expect(judge(stream, '4 10:00', { from: '2 00:00' })).toMatchObject({ people: 2, triggered: 1, outcomes: 0 })
})

test('going on after a moment is not coming back; a new visit is', () => {
  const stays = measured('10:00', { page: 'p', path: '/pricing', activeMs: 95_000, scrollDepth: 0.6 })
  const moment = 'Pricing Intent Detected'
  const goesOn = [by('ann', stays), browses('ann', '10:10'), browses('ann', '10:35')]
  expect(judge(goesOn, '3 10:00', { moment })).toMatchObject({ triggered: 1, watched: 1, returned: 0 })
  const returns = [...goesOn, browses('ann', '11:30')]
  expect(judge(returns, '3 10:00', { moment })).toMatchObject({ returned: 1, medianReturnMs: 1.5 * HOUR })
  const tooLate = [...goesOn, browses('ann', '2 10:01')]
  expect(judge(tooLate, '3 10:00', { moment })).toMatchObject({ returned: 0 })
})

test('a mail being opened is not the person coming back', () => {
  const stream = [by('ann', added('10:00', 'fern')), by('ann', message('11:00', { event: 'Email Opened' }))]
  expect(judge(stream, '3 10:00')).toMatchObject({ triggered: 1, returned: 0 })
})

test('the outcome hoped for may be another event', () => {
  const stream = [by('ann', added('10:00', 'fern')), by('ann', message('11:00', { event: 'Signed Up' }))]
  expect(judge(stream, '3 10:00', { outcome: 'Signed Up' })).toMatchObject({ succeeded: 1, outcomes: 1 })
  expect(judge(stream, '3 10:00')).toMatchObject({ succeeded: 0, outcomes: 0 })
})

test('two who turn out to be one person are judged as one', () => {
  const stream = [
    by('ann', added('10:00', 'fern')),
    // Orders as somebody nobody knows, and signs in afterwards.
    { ...ordered('11:00'), anonymousId: 'phone' },
    { ...message('11:30', { type: 'identify', userId: 'ann' }), anonymousId: 'phone' },
  ]
  expect(judge(stream, '3 10:00')).toMatchObject({ people: 1, triggered: 1, succeeded: 1, outcomes: 1, foreseen: 1 })
})

test('few people say little: the range of a share is wide for few and narrow for many', () => {
  // Reference values of the Wilson interval.
  expect(confidence(0, 10).map(share => share.toFixed(3))).toEqual(['0.000', '0.278'])
  expect(confidence(5, 10).map(share => share.toFixed(3))).toEqual(['0.237', '0.763'])
  expect(confidence(500, 1000).map(share => share.toFixed(3))).toEqual(['0.469', '0.531'])
  expect(confidence(0, 0)).toEqual([0, 1])
})
