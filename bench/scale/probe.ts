/** How long it takes from a request to its commit, seen from outside: a stranger's first message, until Postgres knows them. */
import { createHmac, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'

const EVERY_MS = 60

export async function probe({
  url,
  databaseUrl,
  secret,
  probes,
}: {
  readonly url: string
  readonly databaseUrl: string
  readonly secret: string
  readonly probes: number
}): Promise<{ readonly p50: number; readonly p99: number }> {
  const client = new Client({ connectionString: databaseUrl })
  client.on('error', () => undefined)
  await client.connect()
  const took: number[] = []
  for (let index = 0; index < probes; index += 1) {
    const anonymousId = randomUUID()
    const body = JSON.stringify({ type: 'track', event: 'Probe', messageId: anonymousId, anonymousId })
    const signature = createHmac('sha1', secret).update(body).digest('hex')
    const begun = performance.now()
    const { ok, status } = await fetch(`${url}/segment`, {
      method: 'POST',
      body,
      headers: { 'x-signature': signature },
    })
    if (!ok) throw new Error(`a probe was answered ${status}`)
    const isKnown = async () =>
      (await client.query('select 1 from inkling.identity where key = $1', [`a:${anonymousId}`])).rowCount === 1
    while (!(await isKnown()));
    took.push(performance.now() - begun)
    await sleep(EVERY_MS)
  }
  await client.end()
  took.sort((a, b) => a - b)
  const at = (share: number) => took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? Number.NaN
  return { p50: at(0.5), p99: at(0.99) }
}
