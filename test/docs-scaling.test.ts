/** The examples of several processes name what there is. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { NAMES } from '../src/destination/variables.ts'

const read = (file: string) => readFileSync(new URL(`../examples/scale/${file}`, import.meta.url), 'utf8')
const page = readFileSync(new URL('../docs/scaling.md', import.meta.url), 'utf8')

test('the compose file gives the processes variables that there are, and makes the topic before they start', () => {
  const compose = read('compose.yaml')
  const block = /environment: &environment\n([\s\S]*?)\n\nservices:/.exec(compose)?.[1] ?? ''
  const names = [...block.matchAll(/^ {4}([A-Z_]+):/gm)].map(([, name]) => name)
  expect(names.length).toBeGreaterThan(5)
  expect(names.filter(name => !NAMES.some(known => known === name))).toEqual([])
  expect(names).toEqual(expect.arrayContaining(['KAFKA_BROKERS', 'DATABASE_URL', 'TRUSTED_PROXIES']))
  expect(compose).toMatch(/command: \['setup', 'kafka'/)
  expect(compose.match(/^ {2}inkling-\d: \*inkling$/gm)).toHaveLength(2)
  // Nothing is reached from another machine.
  expect([...compose.matchAll(/ports: \['([^']+)'\]/g)].map(([, port]) => port)).toEqual(['127.0.0.1:8080:80'])
})

test('the proxy goes to both processes', () => {
  expect(read('nginx.conf').match(/server inkling-\d:8080;/g)).toHaveLength(2)
})

test('the Kubernetes example asks for what the service answers, and gives it time to stop', () => {
  const kubernetes = read('kubernetes.yaml')
  const documents = kubernetes.split(/^---$/m)
  expect(documents.map(text => /^kind: (\w+)$/m.exec(text)?.[1])).toEqual([
    'Job',
    'Deployment',
    'Service',
    'PodDisruptionBudget',
  ])
  expect(kubernetes).toMatch(/path: \/readyz, port: 8080/)
  expect(Number(/terminationGracePeriodSeconds: (\d+)/.exec(kubernetes)?.[1])).toBeGreaterThan(10)
})

test('the page speaks of the tables and the group that there are', () => {
  const schema = readFileSync(new URL('../src/destination/store/postgres/schema.ts', import.meta.url), 'utf8')
  for (const table of ['profile', 'fact', 'outbox', 'consumed']) {
    expect(page).toContain(table)
    expect(schema).toContain(`create table inkling.${table} `)
  }
  const group = readFileSync(new URL('../src/destination/intake/kafka/group.ts', import.meta.url), 'utf8')
  expect(group).toContain('-destination`')
  expect(page).toContain('`<topic>-destination`')
})
