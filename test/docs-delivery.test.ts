/** Holds what is said of delivery to what the faults test tries, and to the limits and waits of the code. */
import { expect, test } from 'vitest'
import { LIMITS as BRAZE } from '../src/connectors/braze/settings.ts'
import type { Limits } from '../src/connectors/connector.ts'
import { LIMITS as HUBSPOT } from '../src/connectors/hubspot/settings.ts'
import { LIMITS as KLAVIYO } from '../src/connectors/klaviyo/settings.ts'
import { LIMITS as WEBHOOK } from '../src/connectors/webhook/settings.ts'
import {
  FAILURES_TO_OPEN,
  FIRST_PROBE_MS,
  LONGEST_PROBE_MS,
  REFUSED_PROBE_MS,
} from '../src/destination/delivery/circuit.ts'
import { judgeOutcome } from '../src/destination/delivery/retry.ts'
import { OUTCOMES, tableOfRows } from './support/fault-rows.ts'
import { read, rowsOf, sectionOf } from './support/markdown.ts'

const delivery = read('docs/delivery.md')

function tableIn(heading: string): readonly (readonly string[])[] {
  return rowsOf(sectionOf(delivery, heading)).slice(1)
}

test('the table of outcomes is what the faults test tries', () => {
  expect(tableIn('What becomes of a delivery')).toEqual(tableOfRows())
})

test('a delivery is given up after as many attempts and hours as is said', () => {
  const failing = (jitter: number) => {
    let [attempts, hours] = [1, 0]
    for (; ; attempts += 1) {
      const verdict = judgeOutcome({ kind: 'retry', reason: '503' }, attempts, jitter)
      if (verdict.kind !== 'retry') return { attempts, hours: Math.floor(hours) }
      hours += verdict.afterMs / 3_600_000
    }
  }
  const { attempts, hours } = failing(0)
  expect(OUTCOMES.retry[2]).toBe(`after ${attempts} attempts, ${hours} to ${failing(1).hours} hours`)
})

test('when nothing is sent any more, and when it is looked at again, is what the code does', () => {
  const every = spanOf(REFUSED_PROBE_MS)
  expect(tableIn('A platform that is down')).toEqual([
    ['calls in a row until it is left alone', `${FAILURES_TO_OPEN}`, '1'],
    ['the first look', `after ${spanOf(FIRST_PROBE_MS)}`, `after ${every}`],
    ['the next ones', `doubled each time, up to ${spanOf(LONGEST_PROBE_MS)}`, `every ${every}`],
  ])
})

const PLURALS = { event: 'events', traits: 'traits', deletion: 'deletions', joining: 'joinings' } as const

test('the limits are those the connectors keep to', () => {
  const rows = ([name, { concurrency, routes }]: readonly [string, Limits]) =>
    routes.map(({ kinds, from, batchSize, batchBytes, windows }) => [
      name,
      kinds.map(kind => PLURALS[kind]).join(', ') + (from === undefined ? '' : `, when ${from} or more wait`),
      `${batchSize.toLocaleString('en')} ${batchSize === 1 ? 'delivery' : 'deliveries'}, ${batchBytes / 1_000_000} MB`,
      windows.map(({ calls, perMs }) => `${calls.toLocaleString('en')} in ${spanOf(perMs)}`).join(', '),
      `${concurrency}`,
    ])
  expect(tableIn('Limits')).toEqual(
    (
      [
        ['Klaviyo', KLAVIYO],
        ['HubSpot', HUBSPOT],
        ['Braze', BRAZE],
        ['Webhook', WEBHOOK],
      ] as const
    ).flatMap(rows),
  )
})

function spanOf(ms: number): string {
  if (ms % 86_400_000 === 0) return `${ms / 86_400_000} day`
  return ms % 60_000 === 0 ? `${ms / 60_000} min` : `${ms / 1_000} s`
}
