import { expect, test } from 'vitest'
import type { EventDelivery, Outcome } from '../../../src/connectors/connector.ts'
import { type WriteProgress, type Wrote, writeHistory } from '../../../src/destination/backtest/write-history.ts'
import { eventDelivery } from '../../support/deliveries.ts'
import { timeInSteps } from '../../support/in-steps.ts'

const DELIVERED: Outcome = { kind: 'delivered' }

interface Asked {
  /** Ids of the batch. */
  readonly ids: readonly string[]
  answer(...outcomes: readonly Outcome[]): Promise<void>
  fail(error: Error): Promise<void>
}

/** Lanes such as `['a1', 'a2']`, a platform that answers when the test says so, and time that stands still until told. */
async function open(lanes: readonly (readonly string[])[], limits = { batchSize: 1, concurrency: 2 }) {
  const time = timeInSteps(Date.parse('2026-03-01T10:00:00Z'))
  const asked: Asked[] = []
  const written: string[] = []
  const told: WriteProgress[] = []
  const stop = new AbortController()
  let ended: Wrote | undefined
  const toDelivery = (id: string): EventDelivery => eventDelivery({ id, profileId: id.slice(0, 1) })
  const ending = writeHistory({
    lanes: lanes.map(lane => lane.map(toDelivery)),
    connector: {
      name: 'mailer',
      limits: {
        concurrency: limits.concurrency,
        routes: [{ kinds: ['event'], path: '/', batchSize: limits.batchSize, batchBytes: 1_000_000, windows: [] }],
      },
      deliver: batch =>
        new Promise((resolve, reject) => {
          asked.push({
            ids: batch.map(({ id }) => id),
            answer: (...outcomes) => {
              resolve(batch.map((_, place) => outcomes[place] ?? outcomes[0] ?? DELIVERED))
              return time.pass(0)
            },
            fail: error => {
              reject(error)
              return time.pass(0)
            },
          })
        }),
    },
    onWritten: ids => written.push(...ids),
    onProgress: progress => told.push(progress),
    signal: stop.signal,
    now: time.now,
    random: () => 0,
  }).then(wrote => {
    ended = wrote
    return wrote
  })
  await time.pass(0)
  return {
    ...time,
    asked,
    written,
    told,
    stop: () => stop.abort(),
    ending,
    ended: () => ended,
    ids: () => asked.map(({ ids }) => ids),
  }
}

test('what one person did is written in order and one after the other, people side by side', async () => {
  const { asked, ids, written, ending } = await open([['a1', 'a2'], ['b1'], ['c1']])
  expect(ids()).toEqual([['a1'], ['b1']])
  await asked[1]?.answer()
  expect(ids()).toEqual([['a1'], ['b1'], ['c1']])
  await asked[0]?.answer()
  expect(ids().at(-1)).toEqual(['a2'])
  for (const { answer } of asked.slice(2)) await answer()
  expect(await ending).toEqual({ written: 4, refused: new Map(), end: { kind: 'done' } })
  expect(written).toEqual(['b1', 'a1', 'c1', 'a2'])
})

test('a batch holds several people, and nobody somebody else is writing for', async () => {
  const { asked, ids, ending } = await open([['a1', 'a2'], ['b1', 'b2'], ['c1'], ['d1']], {
    batchSize: 3,
    concurrency: 2,
  })
  expect(ids()).toEqual([
    ['a1', 'a2', 'b1'],
    ['c1', 'd1'],
  ])
  await asked[0]?.answer()
  expect(ids().at(-1)).toEqual(['b2'])
  for (const { answer } of asked.slice(1)) await answer()
  expect(await ending).toMatchObject({ written: 6 })
})

test('a throttled platform is left alone by all for as long as it asks, and then gets what it did not take', async () => {
  const { asked, ids, told, pass, ending } = await open([['a1', 'a2'], ['b1']])
  await asked[0]?.answer({ kind: 'retry', reason: '429', afterMs: 7_000 })
  await asked[1]?.answer({ kind: 'retry', reason: '503' })
  await pass(6_999)
  expect(ids()).toEqual([['a1'], ['b1']])
  expect(told.at(-1)).toEqual({ settled: 0, pause: { until: expect.any(Number), reason: '429' } })
  await pass(1)
  expect(ids().slice(2)).toEqual([['a1'], ['b1']])
  for (let place = 2; place < 5; place += 1) await asked[place]?.answer()
  expect(await ending).toMatchObject({ written: 3, end: { kind: 'done' } })
})

test('a stop ends the waiting at once, lets land what is under way, and sends nothing more', async () => {
  const { asked, ids, stop, ending, ended, pass, written } = await open([['a1', 'a2'], ['b1', 'b2'], ['c1']])
  await asked[0]?.answer({ kind: 'retry', reason: '503', afterMs: 60_000 })
  stop()
  await pass(0)
  expect(ended()).toBeUndefined()
  await asked[1]?.answer()
  expect(await ending).toEqual({ written: 1, refused: new Map(), end: { kind: 'stopped' } })
  expect([ids(), written]).toEqual([[['a1'], ['b1']], ['b1']])
})

test('what is refused is counted by the platform\u2019s words, and what stands behind it goes on', async () => {
  const { asked, ending } = await open([['a1', 'a2', 'a3'], ['b1']], { batchSize: 4, concurrency: 1 })
  const refused = (reason: string): Outcome => ({ kind: 'rejected', reason })
  await asked[0]?.answer(refused('400 no name'), DELIVERED, refused('400 too old'), refused('400 no name'))
  expect(await ending).toEqual({
    ...{ written: 1, end: { kind: 'done' } },
    refused: new Map([
      ['400 no name', 2],
      ['400 too old', 1],
    ]),
  })
})

test('a refused key ends it at once', async () => {
  const { asked, ending, ids } = await open([['a1'], ['b1'], ['c1']], { batchSize: 1, concurrency: 1 })
  await asked[0]?.answer({ kind: 'unauthorized', reason: '401 no' })
  expect(await ending).toEqual({ written: 0, refused: new Map(), end: { kind: 'given up', reason: '401 no' } })
  expect(ids()).toEqual([['a1']])
})

test('a platform that asks to wait is waited for, however often', async () => {
  const { asked, pass, ending, ended, told } = await open([['a1']], { batchSize: 1, concurrency: 1 })
  const throttled: Outcome = { kind: 'retry', reason: '429', throttled: true }
  for (let times = 0; times < 20; times += 1) {
    await asked.at(-1)?.answer(times % 2 === 0 ? throttled : { ...throttled, afterMs: 3_600_000 })
    expect([ended(), told.at(-1)?.pause?.reason]).toEqual([undefined, '429'])
    await pass(3_600_000)
  }
  await asked.at(-1)?.answer()
  expect(await ending).toMatchObject({ written: 1, end: { kind: 'done' } })
})

test('a platform that takes nothing for some minutes is given up, one that takes something now and then is not', async () => {
  const busy: Outcome = { kind: 'retry', reason: '503 busy' }
  const { asked, pass, ended } = await open([['a1', 'a2']], { batchSize: 2, concurrency: 1 })
  for (let times = 0; times < 7; times += 1) {
    await asked.at(-1)?.answer(busy)
    await pass(120_000)
  }
  await asked.at(-1)?.answer(DELIVERED, busy)
  await pass(120_000)
  for (let times = 1; times < 8; times += 1) {
    expect(ended()).toBeUndefined()
    await asked.at(-1)?.answer(busy)
    await pass(120_000)
  }
  expect(ended()).toMatchObject({ written: 1, end: { kind: 'given up', reason: expect.stringContaining('503 busy') } })
})

test('a connector that breaks is named without its message, which may hold a key', async () => {
  const { asked, ending, pass } = await open([['a1']], { batchSize: 1, concurrency: 1 })
  for (let times = 0; times < 8; times += 1) {
    await asked.at(-1)?.fail(new TypeError('Bearer pk_secret'))
    await pass(120_000)
  }
  expect(await ending).toMatchObject({ end: { kind: 'given up', reason: 'mailer broke while delivering (TypeError)' } })
})
