/** What one machine has kept goes on where several find it: nobody is forgotten, nothing waits for ever, nothing counts twice. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startKlaviyo } from '../../examples/platforms/klaviyo.ts'
import { runCommand } from '../support/run-command.ts'
import { createTestScale, describeWithServers } from '../support/servers.ts'
import { freePort, startChild } from '../support/service-child.ts'

const KEY = 'pk_migrate'

interface Person {
  readonly score: number
  readonly story: readonly unknown[]
}

describeWithServers('from one machine to several', () => {
  test('people, what is owed to them and what was refused come over, and only once', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'inkling-migrate-'))
    const dataDir = join(folder, 'data')
    const config = join(folder, 'inkling.config.mjs')
    writeFileSync(config, 'export default { restraint: { quietHours: { from: 0, to: 0 } } }\n')
    const { environment: scale, remove } = await createTestScale()
    const klaviyo = await startKlaviyo({ apiKey: KEY, limits: false })
    onTestFinished(async () => {
      await klaviyo.close()
      await remove()
      rmSync(folder, { recursive: true })
    })
    const platform = { KLAVIYO_API_KEY: KEY, KLAVIYO_BASE_URL: klaviyo.url, SEGMENT_WRITE_KEYS: 'wk' }
    const start = async (environment: Readonly<Record<string, string>>) => {
      const service = startChild({
        dataDir,
        port: await freePort(),
        config,
        environment: { ...platform, ...environment },
      })
      onTestFinished(async () => void (await service.kill('SIGKILL')))
      await service.ready
      const ask = async (path: string) => (await fetch(service.url + path)).json()
      return {
        ...service,
        ask,
        send: async (...batch: readonly object[]) => {
          const body = JSON.stringify({ batch, writeKey: 'wk' })
          expect((await fetch(`${service.url}/v1/batch`, { method: 'POST', body })).status).toBe(200)
        },
        idle: () => expect.poll(async () => (await ask('/readyz')).backlog, { timeout: 30_000 }).toBe(0),
      }
    }
    const viewed = (id: string, anonymousId: string) => ({
      ...{ type: 'track', event: 'Product Viewed', messageId: id, anonymousId },
      properties: { product_id: 'fern', name: 'Fern', price: 12.5 },
    })
    const alone = await start({})
    await alone.send(
      {
        type: 'identify',
        messageId: 'i',
        anonymousId: 'ada-phone',
        userId: 'ada',
        traits: { email: 'ada@example.com' },
      },
      viewed('v1', 'ada-phone'),
      ...Array.from({ length: 6 }, (_, index) => viewed(`s${index}`, 'stranger')),
      { type: 'track', messageId: 'refused', userId: 'ada' },
    )
    await alone.idle()
    const before: Person = await alone.ask('/api/people/ada')
    expect(before.score).toBeGreaterThan(0)
    await alone.kill('SIGTERM')

    const env = { DATA_DIR: dataDir, ...scale }
    const moved = await runCommand(['migrate'], { folder, env })
    expect(moved).toMatchObject({ code: 0, out: expect.stringMatching(/2 profile\n.*3 identity\n/s) })
    expect(moved.out).toMatch(/1 messages in quarantine/)
    const again = await runCommand(['migrate'], { folder, env })
    expect(again).toMatchObject({ code: 1, err: expect.stringContaining('in use already') })

    const several = await start(scale)
    const after: Person = await several.ask('/api/people/ada')
    expect(after.story).toEqual(before.story)
    // Sent again by a sender who never heard that it was taken.
    await several.send(viewed('v1', 'ada-phone'), viewed('v2', 'ada-phone'))
    // What was owed to a stranger goes once they have a name.
    await several.send({
      type: 'identify',
      messageId: 'n',
      anonymousId: 'stranger',
      userId: 'bob',
      traits: { email: 'bob@example.com' },
    })
    await expect
      .poll(() => klaviyo.profile({ email: 'bob@example.com' })?.properties['inkling_score'], { timeout: 30_000 })
      .toBeDefined()
    const metrics = await (await fetch(`${several.url}/metrics`)).text()
    expect(metrics).toMatch(/inkling_messages_filtered_total\{reason="duplicate"\} 1\n/)
    const { dead_letters: letters } = await several.ask('/api/dead-letters?kind=messages')
    expect(letters).toMatchObject([{ kind: 'messages', content: { messageId: 'refused' } }])

    const told = await runCommand(['explain', 'ada@example.com'], { folder, env })
    expect(told).toMatchObject({ code: 0, out: expect.stringContaining('ada@example.com') })
    const exported = await runCommand(['export', 'ada'], { folder, env })
    const { messages }: { messages: readonly { messageId: string }[] } = JSON.parse(exported.out)
    // The messages from before are in DATA_DIR still.
    expect(messages.map(({ messageId }) => messageId)).toEqual(['v1', 'v2'])
    const replayed = await runCommand(['replay'], { folder, env })
    expect(replayed).toMatchObject({ code: 0, err: '' })
    const backup = await runCommand(['backup', 'copy'], { folder, env })
    expect(backup).toMatchObject({ code: 1, err: expect.stringContaining('docs/scaling.md') })
  })

  test('the topic is made by a command, which changes nothing that is there', async () => {
    const { environment, remove } = await createTestScale()
    onTestFinished(remove)
    const folder = tmpdir()
    const env = { ...environment, KAFKA_TOPIC: `${environment['KAFKA_TOPIC']}-new` }
    const missing = await runCommand(['serve'], { folder, env: { ...env, PORT: '0' } })
    expect(missing).toMatchObject({ code: 1, err: expect.stringContaining('inkling setup kafka') })
    const look = await runCommand(['setup', 'kafka', '--dry-run', '--partitions', '5'], { folder, env })
    expect(look).toMatchObject({ code: 0, out: expect.stringMatching(/missing .* 5 partitions, 1 copies/) })
    const made = await runCommand(['setup', 'kafka', '--partitions', '5'], { folder, env })
    expect(made).toMatchObject({ code: 0, out: expect.stringMatching(/made .* 5 partitions/) })
    const there = await runCommand(['setup', 'kafka'], { folder, env })
    expect(there).toMatchObject({ code: 0, out: expect.stringMatching(/there .* 5 partitions/) })
    const wrong = await runCommand(['setup', 'kafka', '--partitions', 'many'], { folder, env })
    expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('--partitions: found "many"') })
  })
})
