import { expect, test } from 'vitest'
import {
  afterResult,
  type Circuit,
  CLOSED,
  FAILURES_TO_OPEN,
  letsThroughAt,
  probed,
  type Result,
} from '../../../src/destination/delivery/circuit.ts'

const failed = (delivery: string): Result => ({ kind: 'failed', delivery, reason: '503' })
const ANSWERED: Result = { kind: 'answered' }
const REFUSED: Result = { kind: 'refused', reason: '401' }

function afterAll(results: readonly Result[], circuit: Circuit = CLOSED): Circuit {
  return results.reduce((before, result) => afterResult(before, result, { isProbe: false, now: 1_000 }), circuit)
}
const DOWN: readonly Result[] = Array.from({ length: FAILURES_TO_OPEN }, (_, at) => failed(`d${at}`))

test('it opens after several calls in a row have failed, each with another delivery', () => {
  expect(afterAll(DOWN.slice(1)).kind).toBe('closed')
  expect(afterAll(DOWN)).toMatchObject({ kind: 'open', reason: '503', refused: false, since: 1_000 })
})

test('a single success among the failures keeps it closed', () => {
  expect(afterAll([...DOWN.slice(1), ANSWERED, ...DOWN.slice(1)]).kind).toBe('closed')
})

test('a delivery that breaks the platform by itself opens nothing, however often it is tried', () => {
  expect(afterAll(Array.from({ length: 50 }, () => failed('poison'))).kind).toBe('closed')
})

test('a refused key opens it at once, and it is looked at every minute', () => {
  let circuit = afterAll([REFUSED])
  for (let minute = 1; minute <= 5; minute += 1) {
    expect(letsThroughAt(circuit)).toBe(1_000 + minute * 60_000)
    circuit = afterResult(probed(circuit), REFUSED, { isProbe: true, now: 1_000 + minute * 60_000 })
  }
  expect(circuit).toMatchObject({ kind: 'open', since: 1_000 })
})

test('probes go one at a time, after waits that double up to a minute', () => {
  let circuit = afterAll(DOWN)
  const waits: number[] = []
  let now = 1_000
  for (let probe = 0; probe < 6; probe += 1) {
    const at = letsThroughAt(circuit) ?? 0
    waits.push(at - now)
    now = at
    expect(letsThroughAt(probed(circuit))).toBeUndefined()
    circuit = afterResult(probed(circuit), failed(`p${probe}`), { isProbe: true, now: now })
  }
  expect(waits).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000])
})

test('calls that were under way when it opened neither put off the probe nor count as one', () => {
  const open = afterAll(DOWN)
  expect(afterResult(open, failed('late'), { isProbe: false, now: 2_000 })).toBe(open)
  expect(afterResult(open, REFUSED, { isProbe: false, now: 2_000 })).toBe(open)
})

test('any success closes it, and failures are counted from nothing again', () => {
  const closed = afterResult(probed(afterAll(DOWN)), ANSWERED, { isProbe: true, now: 9_000 })
  expect(closed).toEqual(CLOSED)
  expect(letsThroughAt(closed)).toBe(0)
  expect(afterAll(DOWN.slice(1), closed).kind).toBe('closed')
})
