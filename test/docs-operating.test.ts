/** The operator's page names every metric and every log event there is, and none that there is not. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createMetrics } from '../src/destination/metrics.ts'
import { read, rowsOf, sectionOf } from './support/markdown.ts'

const operating = read('docs/operating.md')

/** Every metric of ours by name, with its labels where they are fixed. */
async function scraped(): Promise<readonly string[]> {
  const levels = async () => ({
    ...{ backlogEntries: 0, logBytes: 0, storeBytes: 0, diskFreeBytes: 0, quarantined: 0, outbox: [], stopped: [] },
  })
  const metrics = createMetrics({ version: '1', now: () => 0, levels, onObjective: () => undefined })
  const lines = (await metrics.text()).split('\n')
  return lines.flatMap(line => /^# TYPE (inkling_\w+)/.exec(line)?.[1] ?? [])
}

test('every metric is explained, and every explained one exists', async () => {
  const rows = rowsOf(sectionOf(operating, 'Metrics'))
  const named = rows.flatMap(([names = '']) => names.match(/inkling_\w+/g) ?? [])
  expect(named.toSorted()).toEqual((await scraped()).toSorted())
})

test('every alert and every symptom is about a metric that exists', async () => {
  const names = new Set(await scraped())
  const rules = read('examples/prometheus/inkling.rules.yml')
  const used = [...`${rules}${sectionOf(operating, 'Symptoms')}`.matchAll(/inkling_\w+/g)].map(([name]) => name)
  expect(used.length).toBeGreaterThan(12)
  expect(used.filter(name => !names.has(name))).toEqual([])
})

test('every log event is explained, and every explained one exists', () => {
  const source = readFileSync('src/destination/log-event.ts', 'utf8').replace(/\/\*\*[\s\S]*?\*\//g, '')
  const kinds = [...source.matchAll(/readonly kind: ((?:'[^']+'(?: \| )?)+)/g)].flatMap(([, texts = '']) =>
    [...texts.matchAll(/'([^']+)'/g)].map(([, kind = '']) => kind),
  )
  const rows = rowsOf(sectionOf(operating, 'Log events'))
  const named = rows.map(([kind]) => kind).filter(kind => kind !== 'kind')
  expect(named.toSorted()).toEqual(kinds.toSorted())
})
