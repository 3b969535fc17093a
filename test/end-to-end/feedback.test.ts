/** What somebody does about an e-mail at the platform, and what becomes of their next moment here. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { sendCurrents } from '../../examples/platforms/braze/currents.ts'
import { startHubspot } from '../../examples/platforms/hubspot.ts'
import { startKlaviyo } from '../../examples/platforms/klaviyo.ts'
import { openReadyHubspot, TOKEN } from '../support/hubspot-account.ts'
import { endOf, runCommand, startCommand } from '../support/run-command.ts'

const SECRET = 'a secret of sixteen or more'

interface Serving {
  readonly url: string
  send(path: 'identify' | 'track', body: object): Promise<void>
  /** Settles once the service has told a line with these members. */
  told(members: Readonly<Record<string, unknown>>): Promise<void>
  /** What `inkling explain` tells of somebody. */
  explain(id: string): Promise<string>
  /** Stops it and starts it again, over the same folder; what it told before is forgotten. */
  restart(meanwhile: () => void): Promise<void>
}

async function serve(env: Readonly<Record<string, string>>): Promise<Serving> {
  const folder = mkdtempSync(join(tmpdir(), 'inkling-feedback-'))
  let lines: Readonly<Record<string, unknown>>[] = []
  const listeners = new Set<() => void>()
  let url = ''
  let stop = async (): Promise<void> => undefined

  const told = (members: Readonly<Record<string, unknown>>) =>
    new Promise<void>(resolve => {
      const look = () => {
        if (!lines.some(line => Object.entries(members).every(([name, value]) => line[name] === value))) return
        listeners.delete(look)
        resolve()
      }
      listeners.add(look)
      look()
    })
  const start = async () => {
    lines = []
    const service = startCommand(['serve'], { folder, env: { PORT: '0', ...env } })
    const ended = endOf(service)
    stop = async () => {
      service.kill('SIGTERM')
      await ended
    }
    let open = ''
    service.stdout.on('data', (chunk: Buffer) => {
      const [last = '', ...whole] = (open + chunk).split('\n').toReversed()
      open = last
      lines.push(...whole.toReversed().map(line => JSON.parse(line)))
      for (const listener of listeners) listener()
    })
    await told({ kind: 'started' })
    url = String(lines.find(({ kind }) => kind === 'started')?.['url'])
  }
  await start()
  onTestFinished(async () => {
    await stop()
    rmSync(folder, { recursive: true })
  })
  return {
    get url() {
      return url
    },
    told,
    send: async (path, body) => {
      const headers = { authorization: `Basic ${btoa('any:')}` }
      const answer = await fetch(`${url}/v1/${path}`, { method: 'POST', body: JSON.stringify(body), headers })
      expect(await answer.json()).toEqual({ success: true })
    },
    explain: async id => (await runCommand(['explain', id], { folder })).out,
    restart: async meanwhile => {
      await stop()
      meanwhile()
      await start()
    },
  }
}

const ada = { userId: 'ada', traits: { email: 'ada@example.com' } }

/** Does something worth a message, and gives what is said of it once it was decided. */
async function nextMoment({ send, explain }: Serving): Promise<string> {
  await send('track', { userId: 'ada', event: 'File Downloaded', properties: { file: 'price-list.pdf' } })
  const decided = async (): Promise<string> => {
    const story = await explain('ada@example.com')
    return story.includes('Content Downloaded') ? story : decided()
  }
  return decided()
}

test('an unsubscription that Klaviyo tells by webhook silences the next moment, and is explained', async () => {
  const klaviyo = await startKlaviyo({ apiKey: 'pk' })
  onTestFinished(() => klaviyo.close())
  const serving = await serve({
    KLAVIYO_API_KEY: 'pk',
    KLAVIYO_BASE_URL: klaviyo.url,
    KLAVIYO_WEBHOOK_SECRET: SECRET,
  })
  await serving.send('identify', ada)
  await serving.told({ kind: 'delivery attempted', outcome: 'delivered' })
  const target = { url: `${serving.url}/hooks/klaviyo`, secret: SECRET }
  const email = { metric: 'Unsubscribed from Email Marketing', email: 'ada@example.com' }
  const event = klaviyo.email({ ...email, properties: { email_address: 'ada@example.com', method: 'PROFILE_PAGE' } })
  expect(await klaviyo.sendWebhook({ ...target, secret: 'another secret' }, [event])).toBe(401)
  expect(await klaviyo.sendWebhook(target, [event, event])).toBe(200)
  await serving.told({ kind: 'feedback taken', by: 'webhook', kept: 1, repeated: 1 })
  expect(await nextMoment(serving)).toContain('They unsubscribed')
  expect(klaviyo.events().map(({ metric }) => metric)).not.toContain('Content Downloaded')
})

test('an unsubscription that Klaviyo is asked about does the same, also when it happened during a stop', async () => {
  const klaviyo = await startKlaviyo({ apiKey: 'pk', readDelayMs: 0 })
  onTestFinished(() => klaviyo.close())
  const serving = await serve({
    KLAVIYO_API_KEY: 'pk',
    KLAVIYO_BASE_URL: klaviyo.url,
    KLAVIYO_FEEDBACK_MINUTES: '1',
  })
  await serving.send('identify', ada)
  await serving.told({ kind: 'feedback taken', by: 'poll', kept: 0 })
  await serving.restart(() => {
    klaviyo.email({ metric: 'Unsubscribed', email: 'ada@example.com' })
    klaviyo.email({ metric: 'Opened Email', email: 'somebody.else@example.com' })
  })
  await serving.told({ kind: 'feedback taken', by: 'poll', kept: 1, unknown: 1 })
  expect(await nextMoment(serving)).toContain('They unsubscribed')
})

test('an opt-out that HubSpot tells by webhook, out of order and twice, silences by the address of its contact', async () => {
  const hubspot = await openReadyHubspot()
  const serving = await serve({
    HUBSPOT_ACCESS_TOKEN: TOKEN,
    HUBSPOT_BASE_URL: hubspot.url,
    HUBSPOT_CLIENT_SECRET: SECRET,
  })
  await serving.send('identify', ada)
  await serving.told({ kind: 'delivery attempted', outcome: 'delivered' })
  const now = Date.now()
  const contactId = hubspot.contact('ada@example.com')?.id ?? ''
  const optOut = { contactId, property: 'hs_email_optout', value: 'true', eventId: 2, occurredAt: now }
  const opened = { contactId, property: 'hs_email_last_open_date', value: String(now), eventId: 1, occurredAt: now - 1 }
  const deleted = { ...optOut, contactId: '9999', eventId: 3 }
  const target = { url: `${serving.url}/hooks/hubspot`, clientSecret: SECRET }
  expect(await hubspot.sendWebhook({ ...target, clientSecret: 'another' }, [optOut])).toBe(401)
  expect(await hubspot.sendWebhook(target, [optOut, opened, optOut, deleted])).toBe(200)
  await serving.told({ kind: 'feedback taken', kept: 2, repeated: 1, unknown: 1 })
  expect(await nextMoment(serving)).toContain('They unsubscribed')
})

test('while HubSpot cannot be asked whose contact it is, it is told to come again', async () => {
  const hubspot = await openReadyHubspot()
  const serving = await serve({
    HUBSPOT_ACCESS_TOKEN: TOKEN,
    HUBSPOT_BASE_URL: hubspot.url,
    HUBSPOT_CLIENT_SECRET: SECRET,
  })
  hubspot.fail({ kind: 'status', status: 503 }, { path: '/crm/v3/objects/contacts/batch/read' })
  const change = { contactId: '101', property: 'hs_email_optout', value: 'true', eventId: 2, occurredAt: Date.now() }
  const target = { url: `${serving.url}/hooks/hubspot`, clientSecret: SECRET }
  expect(await hubspot.sendWebhook(target, [change])).toBe(503)
  await serving.told({ kind: 'feedback failed', platform: 'hubspot' })
  expect(await hubspot.sendWebhook(target, [change])).toBe(200)
})

test('a spam complaint in the log of HubSpot silences', async () => {
  const hubspot = await startHubspot({ accessToken: TOKEN })
  onTestFinished(() => hubspot.close())
  const serving = await serve({
    HUBSPOT_ACCESS_TOKEN: TOKEN,
    HUBSPOT_BASE_URL: hubspot.url,
    HUBSPOT_FEEDBACK_MINUTES: '1',
  })
  await serving.send('identify', ada)
  await serving.told({ kind: 'feedback taken', by: 'poll', kept: 0 })
  await serving.restart(() =>
    hubspot.email({ id: 'x', created: Date.now() - 1_000, type: 'SPAMREPORT', recipient: 'ada@example.com' }),
  )
  await serving.told({ kind: 'feedback taken', by: 'poll', kept: 1 })
  expect(await nextMoment(serving)).toContain('They marked an e-mail as spam')
})

test('a hard bounce in the Currents of Braze silences; types nobody knows yet are taken and left', async () => {
  const serving = await serve({ BRAZE_CURRENTS_TOKEN: 't0ken' })
  await serving.send('identify', ada)
  const event = (type: string, id: string) => ({
    ...{ event_type: `users.messages.email.${type}`, id, time: Math.floor(Date.now() / 1000) },
    user: { user_id: 'b1', external_user_id: 'ada' },
    properties: { email_address: 'ada@example.com' },
  })
  const target = { url: `${serving.url}/hooks/braze`, token: 't0ken' }
  expect(await sendCurrents({ ...target, token: 'other' }, [event('Bounce', '1')])).toMatchObject({ statuses: [401] })
  const events = [event('SoftBounce', '1'), event('Bounce', '2'), event('Foreseen', '3'), event('Bounce', '2')]
  expect(await sendCurrents(target, events)).toEqual({ statuses: [200], dropped: [], waiting: [] })
  await serving.told({ kind: 'feedback taken', platform: 'braze', kept: 1, repeated: 1 })
  expect(await nextMoment(serving)).toContain('Their e-mail address bounced')
})

test('a batch of Braze that is too large comes in parts, and nothing of it is lost', async () => {
  const serving = await serve({ BRAZE_CURRENTS_TOKEN: 't0ken' })
  await serving.send('identify', ada)
  const padding = 'x'.repeat(60_000)
  const events = Array.from({ length: 100 }, (_, index) => ({
    ...{ event_type: 'users.messages.email.Open', id: `e${index}`, time: Math.floor(Date.now() / 1000), padding },
    user: { external_user_id: 'ada' },
    properties: {},
  }))
  const { statuses, dropped } = await sendCurrents({ url: `${serving.url}/hooks/braze`, token: 't0ken' }, events)
  expect([statuses[0], statuses.filter(status => status === 200).length, dropped]).toEqual([413, 100, []])
})
