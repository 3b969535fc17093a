/** Holds docs/webhook.md to the code: its example is a body we send, its receiver works, its table is the table of statuses. */
import { fork } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { isDelivery } from '../examples/platforms/webhook/delivery.ts'
import { meaningOf } from '../src/connectors/status.ts'
import { createWebhook } from '../src/connectors/webhook/index.ts'
import { signatureOf, toBody } from '../src/connectors/webhook/map.ts'
import { LIMITS } from '../src/connectors/webhook/settings.ts'
import { momentProperties } from '../src/destination/engine/moments/properties.ts'
import { TRAITS } from '../src/destination/engine/traits.ts'
import { eventDelivery, traitsDelivery } from './support/deliveries.ts'
import { fencesOf, read, rowsOf, sectionOf } from './support/markdown.ts'

const document = read('docs/webhook.md')
const SECRET = 'whsec_0123456789abcdef'

test('the example is a body as it is sent, of a moment as it fires', () => {
  const [json = ''] = fencesOf(document, 'json')
  const example: unknown = JSON.parse(json)
  if (!isDelivery(example) || example.name === undefined) throw new Error('the example is no event')
  const { id, name, identifiers, properties = {}, traits = {} } = example
  const { email = '', user_id: userId = '', anonymous_id: anonymousId = '' } = identifiers
  const delivery = eventDelivery({
    ...{ id, name, time: Date.parse(example.time), identifiers: { email, userId, anonymousId } },
    ...{ properties, traits },
  })
  expect(JSON.stringify(example)).toBe(toBody(delivery))
  const carried = momentProperties([]).find(moment => moment.name === name)?.properties ?? []
  expect(Object.keys(properties)).toEqual(carried.map(property => property.name))
  expect(TRAITS.map(trait => `inkling_${trait.name}`)).toEqual(expect.arrayContaining(Object.keys(traits)))
  const [, ...members] = rowsOf(sectionOf(document, 'What is sent'))
  expect(members.slice(0, 7).map(([member]) => member)).toEqual(Object.keys(example))
})

test('how much is sent at a time is what the connector keeps to', () => {
  const [{ windows } = { windows: [] }] = LIMITS.routes
  expect(windows.map(({ perMs }) => perMs)).toEqual([1_000])
  expect(document).toContain(`${LIMITS.concurrency} requests at a time and ${windows[0]?.calls} a second at most`)
})

test('the signature to try one\u2019s own code with is the right one', () => {
  expect(document).toContain(`\`${signatureOf(SECRET, 1784116800, '{"id":"1"}')}\``)
})

test('what becomes of an answer is what the table of statuses says', () => {
  const [, ...rows] = rowsOf(sectionOf(document, 'What is promised, and what to answer'))
  const words = { delivered: /^delivered/, unauthorized: /^again every minute/, rejected: /^dead letter/ }
  const again = /^again, (for about a day|as often as it takes)|^the same/
  for (const [answers = '', fate] of rows)
    for (const status of answers.match(/\b\d{3}\b/g) ?? []) {
      const meaning = meaningOf(Number(status), false)
      expect({ status, fate }).toEqual({
        status,
        fate: expect.stringMatching(meaning === 'retry' ? again : words[meaning]),
      })
    }
  expect(rows.length).toBeGreaterThan(5)
})

/** Takes any free port instead of the one it is told, and tells which. */
const ANY_PORT = `
  import { Server } from 'node:http'
  const { listen } = Server.prototype
  Server.prototype.listen = function () {
    return listen.call(this, 0, '127.0.0.1', () => process.send(this.address().port))
  }`

test('the receiver takes what is genuine, works on it once, and refuses what is forged or old', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'inkling-receiver-'))
  const [code = ''] = fencesOf(sectionOf(document, 'A receiver'), 'js')
  writeFileSync(join(folder, 'receiver.mjs'), code)
  const receiver = fork(join(folder, 'receiver.mjs'), {
    ...{
      execArgv: ['--import', `data:text/javascript,${encodeURIComponent(ANY_PORT)}`],
      env: { WEBHOOK_SECRET: SECRET },
      silent: true,
    },
  })
  const ended = new Promise(resolve => receiver.once('close', resolve))
  onTestFinished(async () => {
    receiver.kill()
    await ended
    rmSync(folder, { recursive: true })
  })
  const told: string[] = []
  receiver.stdout?.on('data', (chunk: Buffer) => told.push(chunk.toString()))
  receiver.stderr?.on('data', (chunk: Buffer) => told.push(chunk.toString()))
  const port = await new Promise(resolve => receiver.once('message', resolve))
  const sender = (secret: string, aheadMs = 0) =>
    createWebhook({ url: `http://127.0.0.1:${port}/`, secret }, { now: () => Date.now() + aheadMs })

  const batch = [traitsDelivery(), eventDelivery({ properties: { page_title: 'Größe 🌱' } })]
  const delivered = [{ kind: 'delivered' }, { kind: 'delivered' }]
  expect(await sender(SECRET).deliver(batch)).toEqual(delivered)
  expect(await sender(SECRET, -240_000).deliver(batch)).toEqual(delivered)
  const refused = [{ kind: 'unauthorized', reason: '401 wrong signature or time' }]
  expect(await sender(`${SECRET}!`).deliver([eventDelivery({ id: 'forged' })])).toEqual(refused)
  for (const aheadMs of [-310_000, 310_000])
    expect(await sender(SECRET, aheadMs).deliver([eventDelivery({ id: 'old' })])).toEqual(refused)
  expect((await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: '{}' })).status).toBe(401)
  receiver.kill()
  await ended
  expect(told.join('')).toBe('traits undefined\nevent Cart Abandoned\n')
})
