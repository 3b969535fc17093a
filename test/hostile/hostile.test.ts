/** A hostile day in small: whatever is sent, whoever else sends is served, and the service is ready for them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { freePort, startChild } from '../support/service-child.ts'
import { ASSAULTS, type Target } from './assaults.ts'
import { startNeighbour } from './neighbour.ts'

/** How many, and what becomes of them. */
const EXPECTED: Readonly<Record<string, readonly [size: number, outcomes: readonly string[]]>> = {
  'connections that send their headers a byte a second': [50, ['408', 'cut off']],
  'connections that send their body a byte a second': [50, ['408', 'cut off']],
  'connections at once': [500, ['200']],
  'batches with a forged signature': [500, ['401']],
  'signed batches that were seen before': [500, ['200', '409']],
  'calls from one address, with write keys that nobody has': [1_500, ['401', '429']],
  'calls from one address, with the write key of the page': [1_500, ['200', '429']],
  'messages about one person': [5_000, ['200']],
  'people with one message each': [5_000, ['200']],
}

test('whoever else sends is served meanwhile, and no profile grows beyond its bound', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'inkling-hostile-'))
  onTestFinished(() => rmSync(dataDir, { recursive: true }))
  const config = join(dataDir, 'inkling.config.mjs')
  writeFileSync(config, 'export default {}\n')
  const secrets = {
    secret: 'shared-0123456789',
    writeKey: 'page',
    signingKey: { id: 'k', secret: 'signing-0123456789' },
  }
  const target: Target = { port: await freePort(), ...secrets }
  const service = startChild({
    ...{ dataDir, config, port: target.port },
    environment: {
      ...{ SEGMENT_SHARED_SECRET: secrets.secret, SEGMENT_WRITE_KEYS: secrets.writeKey },
      SIGNING_KEYS: `${secrets.signingKey.id}:${secrets.signingKey.secret}`,
    },
  })
  onTestFinished(async () => void (await service.kill('SIGKILL')))
  await service.ready
  const neighbour = startNeighbour(target)
  onTestFinished(() => neighbour.stop())

  const outcomes: Record<string, readonly string[]> = {}
  // All of them together: it is one day.
  await Promise.all(
    ASSAULTS.map(async ({ name, run }) => {
      const [size = 0] = EXPECTED[name] ?? []
      outcomes[name] = Object.keys(await run(target, size)).sort()
    }),
  )
  const { sent, refused, notReady } = await neighbour.tell()
  expect(sent).toBeGreaterThan(100)
  expect({ refused, notReady }).toEqual({ refused: 0, notReady: 0 })
  expect(Object.keys(outcomes).sort()).toEqual(Object.keys(EXPECTED).sort())
  for (const [name, seen] of Object.entries(outcomes)) {
    expect(EXPECTED[name]?.[1], name).toEqual(expect.arrayContaining([...seen]))
    expect(seen.length, name).toBeGreaterThan(0)
  }
  expect(await service.kill('SIGTERM')).toBe('exit code 0')

  const store = new DatabaseSync(join(dataDir, 'store.db'), { readOnly: true })
  const largest = store.prepare('select max(length(state)) most, count(*) people from profile').get()
  expect(Number(largest?.['most'])).toBeLessThan(16_384)
  expect(Number(largest?.['people'])).toBeGreaterThan(5_000)
  store.close()
})
