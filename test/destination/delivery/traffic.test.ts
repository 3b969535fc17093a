import { expect, test } from 'vitest'
import type { Delivery, Limits, Outcome, Route } from '../../../src/connectors/connector.ts'
import {
  afterCall,
  afterLanding,
  afterTakeOff,
  circuitOf,
  departures,
  type Flight,
  mayGoAt,
  openTraffic,
  type Traffic,
} from '../../../src/destination/delivery/traffic.ts'
import { eventDelivery, traitsDelivery } from '../../support/deliveries.ts'

const DELIVERED: Outcome = { kind: 'delivered' }
const DOWN: Outcome = { kind: 'retry', reason: '503' }
const THROTTLED: Outcome = { kind: 'retry', reason: '429', afterMs: 7_000, throttled: true }
const KEY_REFUSED: Outcome = { kind: 'unauthorized', reason: '403' }

const route = (rest: Partial<Route> = {}): Route => ({
  ...{ kinds: ['event', 'traits'], path: '/', batchSize: 100, batchBytes: 1e6 },
  windows: [{ calls: 100, perMs: 10_000 }],
  ...rest,
})
const SHARED: Limits = { concurrency: 5, routes: [route()] }
const APART: Limits = {
  concurrency: 5,
  routes: [route({ kinds: ['event'], path: '/events' }), route({ kinds: ['traits'], path: '/profiles' })],
}

const event = (id = 'e') => eventDelivery({ id })
const traits = (id = 't') => traitsDelivery({ id })
const flight = (deliveries: readonly Delivery[], rest: Partial<Flight> = {}): Flight => ({
  ...{ line: 0, isProbe: false },
  deliveries,
  ...rest,
})
const flown = (traffic: Traffic, made: Flight, outcome: Outcome, now = 0): Traffic =>
  afterLanding(afterTakeOff(traffic, made), made, { outcomes: made.deliveries.map(() => outcome), now })
const asked = (traffic: Traffic, limits: Limits, now = 0) =>
  departures(traffic, limits, now).map(({ kinds, calls }) => [kinds.join(), calls] as const)

test('where events and traits share calls, both go in one, and traits leave one call under way to events', () => {
  expect(asked(openTraffic(SHARED), SHARED)).toEqual([
    ['event,traits', 4],
    ['event', 5],
  ])
})

test('of a window they share, traits leave the last calls to events', () => {
  let traffic = openTraffic(SHARED)
  for (let call = 0; call < 97; call += 1) traffic = flown(traffic, flight([traits()]), DELIVERED)
  expect(asked(traffic, SHARED)).toEqual([['event', 3]])
  expect(mayGoAt(traffic, 'event', 0)).toEqual([0])
  expect(mayGoAt(traffic, 'traits', 0)).toEqual([10_000])
})

test('every tenth call is the turn of traits, even when events never stop', () => {
  let traffic = openTraffic(SHARED)
  const turns: number[] = []
  for (let call = 1; call <= 40; call += 1) {
    const [first] = departures(traffic, SHARED, 0)
    const isTraits = first?.kinds[0] === 'traits'
    if (isTraits) turns.push(call)
    traffic = flown(traffic, flight([isTraits ? traits() : event()]), DELIVERED)
  }
  expect(turns).toEqual([10, 20, 30, 40])
})

test('of the calls under way, each route keeps one that the other does not take', () => {
  let traffic = openTraffic(APART)
  expect(asked(traffic, APART)).toEqual([
    ['event', 4],
    ['traits', 4],
  ])
  for (let call = 0; call < 4; call += 1) traffic = afterTakeOff(traffic, flight([event()]))
  expect(asked(traffic, APART)).toEqual([['traits', 1]])
})

test('a throttled route pauses for everybody who goes there, and for nobody else', () => {
  const traffic = flown(openTraffic(APART), flight([event()]), THROTTLED)
  expect(asked(traffic, APART)).toEqual([['traits', 4]])
  expect(mayGoAt(traffic, 'event', 0)).toEqual([7_000])
  expect(asked(traffic, APART, 7_000)[0]).toEqual(['event', 1])
  expect(asked(flown(traffic, flight([event()]), DELIVERED, 7_000), APART, 7_000)[0]).toEqual(['event', 4])
})

test('traits that were throttled go again after the pause, also where nothing urgent goes before them', () => {
  const traffic = flown(openTraffic(SHARED), flight([traits()]), THROTTLED)
  expect(mayGoAt(traffic, 'traits', 0)).toEqual([7_000])
  expect(asked(traffic, SHARED, 7_000)[0]).toEqual(['event,traits', 1])
})

test('a platform that is down gets one delivery of a kind at a time, of each kind', () => {
  let traffic = openTraffic(SHARED)
  for (let call = 0; call < 5; call += 1)
    traffic = flown(traffic, flight([event(`e${call}`), traits(`t${call}`)]), DOWN)
  expect(asked(traffic, SHARED)).toEqual([])
  expect(mayGoAt(traffic, 'event', 0)).toEqual([5_000])
  expect(departures(traffic, SHARED, 5_000)).toMatchObject([
    { kinds: ['event'], calls: 1, batchSize: 1, isProbe: true },
    { kinds: ['traits'], calls: 1, batchSize: 1, isProbe: true },
  ])
  const probe = flight([event('e9')], { isProbe: true })
  const probing = afterTakeOff(traffic, probe)
  expect(asked(probing, SHARED, 5_000)).toEqual([['traits', 1]])
  expect(mayGoAt(probing, 'event', 5_000)).toEqual([])
  const back = afterLanding(probing, probe, { outcomes: [DELIVERED], now: 5_100 })
  expect(circuitOf(back, 'event').kind).toBe('closed')
  expect(circuitOf(back, 'traits').kind).toBe('open')
})

test('a key that may write profiles and no events stops the events alone', () => {
  const made = flight([event(), traits()])
  const traffic = afterLanding(afterTakeOff(openTraffic(SHARED), made), made, {
    outcomes: [KEY_REFUSED, DELIVERED],
    now: 0,
  })
  expect(asked(traffic, SHARED)).toEqual([['traits', 5]])
})

test('a delivery that fails in a call where others came through is no sign of anything', () => {
  let traffic = openTraffic(SHARED)
  for (let call = 0; call < 50; call += 1) {
    const made = flight([event(`a${call}`), event(`b${call}`)])
    traffic = afterLanding(afterTakeOff(traffic, made), made, { outcomes: [DOWN, DELIVERED], now: 0 })
  }
  expect(circuitOf(traffic, 'event').kind).toBe('closed')
})

test('what may go in bulk is asked for in bulk first, and by itself where too few wait', () => {
  const bulk = route({ kinds: ['event'], path: '/bulk', batchSize: 1_000, from: 16 })
  const single = route({ kinds: ['event'], path: '/single', batchSize: 1 })
  const limits = { concurrency: 5, routes: [bulk, single, route({ kinds: ['traits'], path: '/profiles' })] }
  const [first, second] = departures(openTraffic(limits), limits, 0)
  expect(first).toMatchObject({ line: 0, kinds: ['event'], batchSize: 1_000, least: 16 })
  expect(second).toMatchObject({ line: 1, kinds: ['event'], batchSize: 1, least: 1 })
  expect(mayGoAt(openTraffic(limits), 'event', 0)).toEqual([0, 0])
})

test('an answer speaks of the budget its call came from', () => {
  const left = { calls: 'left', until: 'reset', unit: 'seconds' } as const
  const limits = { ...APART, routes: APART.routes.map(one => ({ ...one, left })) }
  const header = (name: string) => (name === 'left' ? '0' : '9')
  const traffic = afterCall(afterTakeOff(openTraffic(limits), flight([event()])), { path: '/v1/events', header }, 0)
  expect(mayGoAt(traffic, 'event', 0)).toEqual([9_000])
  expect(mayGoAt(traffic, 'traits', 0)).toEqual([0])
})
