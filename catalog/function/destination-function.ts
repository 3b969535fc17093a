/**
 * Inkling as a Segment Destination Function: it signs every event and passes it to your own Inkling service.
 *
 * 1. Where Inkling runs, set SIGNING_KEYS to a name and a long random secret, such as segment:4f1c…, and start it.
 * 2. In Segment, open Connections > Catalog > Functions, choose New Function and Destination, and paste this file.
 * 3. In the Settings tab add three settings, all text and required: endpoint (https://your-host), keyId (the name) and
 *    secret (the secret, encrypted).
 * 4. Fill them in in the Test tab and run a sample event: without an error, Inkling has it.
 * 5. Choose Configure, give it a name, create it, and connect it to your source with the same settings.
 *
 * An event is given up only when Inkling says that it can never take it. Whatever else is wrong (a key, an address, a
 * service that is down) makes Segment try again for four hours, and an event that arrives twice counts once.
 */

/** Segment ends a function after five seconds; this leaves it time to say why. */
const TIMEOUT_MS = 4000

export async function onTrack(event: SegmentEvent, settings: Settings): Promise<void> {
  await sendOne(event, settings)
}

export async function onIdentify(event: SegmentEvent, settings: Settings): Promise<void> {
  await sendOne(event, settings)
}

export async function onPage(event: SegmentEvent, settings: Settings): Promise<void> {
  await sendOne(event, settings)
}

export async function onScreen(event: SegmentEvent, settings: Settings): Promise<void> {
  await sendOne(event, settings)
}

export async function onGroup(event: SegmentEvent, settings: Settings): Promise<void> {
  await sendOne(event, settings)
}

export async function onAlias(event: SegmentEvent, settings: Settings): Promise<void> {
  await sendOne(event, settings)
}

export async function onDelete(event: SegmentEvent, settings: Settings): Promise<void> {
  await sendOne(event, settings)
}

/** Segment calls this one instead where a source is busy, with events of all types. */
export async function onBatch(events: readonly SegmentEvent[], settings: Settings): Promise<readonly Verdict[]> {
  return events.length === 0 ? [] : sendAll(events, settings)
}

async function sendOne(event: SegmentEvent, settings: Settings): Promise<void> {
  for (const { status, errormessage } of await sendAll([event], settings)) {
    if (status === 400) throw new InvalidEventPayload(errormessage)
    if (status !== 200) throw new RetryError(errormessage)
  }
}

/** Sends the events in one signed request. Inkling has them on disk before it answers. */
async function sendAll(events: readonly SegmentEvent[], settings: Settings): Promise<readonly Verdict[]> {
  const { status, reply } = await post(events, settings)
  if (status === 413) return sendHalves(events, settings)
  if (status === 400) throw new ValidationError(`Inkling could not read the request.${saidIn(reply)}`)
  if (status !== 200) throw new RetryError(`${remedyFor(status)}${saidIn(reply)}`)
  const { statuses = [], errors = [] } = reply
  if (statuses.length !== events.length) throw new RetryError('What answers at this endpoint is not Inkling.')
  const reasons = new Map(errors.map(({ index, reason }) => [index, reason]))
  return statuses.map((each, index) =>
    each === 200
      ? { status: each }
      : { status: each, errormessage: reasons.get(index) || 'Inkling refused the event.' },
  )
}

/** What is too large for Inkling, or for a proxy before it, goes in two. */
async function sendHalves(events: readonly SegmentEvent[], settings: Settings): Promise<readonly Verdict[]> {
  if (events.length === 1) return [{ status: 400, errormessage: 'The event is too large.' }]
  const middle = Math.ceil(events.length / 2)
  const halves = [events.slice(0, middle), events.slice(middle)]
  return (await Promise.all(halves.map(half => sendAll(half, settings)))).flat()
}

async function post(events: readonly SegmentEvent[], settings: Settings): Promise<Answer> {
  const { address, keyId, secret } = read(settings)
  const body = JSON.stringify({ batch: events })
  const timestamp = String(Math.floor(Date.now() / 1000))
  const signature = crypto.createHmac('sha256', secret).update(`${keyId}.${timestamp}.${body}`).digest('hex')
  const headers = {
    'Content-Type': 'application/json',
    'X-Inkling-Key-Id': keyId,
    'X-Inkling-Timestamp': timestamp,
    'X-Inkling-Signature': `v1=${signature}`,
  }
  try {
    const response = await fetch(address, { method: 'POST', redirect: 'manual', timeout: TIMEOUT_MS, headers, body })
    return { status: response.status, reply: parse(await response.text()) }
  } catch (error) {
    // Its own message holds the address, which stays out of Segment's screens.
    const { code, type, name } = error as Failure
    throw new RetryError(`Inkling could not be reached (${code || type || name}).`)
  }
}

/** Whatever is pasted may have a space around it. */
function read({ endpoint, keyId, secret }: Settings): Addressed {
  if (!endpoint || !keyId || !secret) throw new RetryError('Fill in the settings endpoint, keyId and secret.')
  // People's data goes to this address: over a network only where it cannot be read on the way.
  if (!/^(https:\/\/|http:\/\/(localhost|127\.0\.0\.1)[:/])./.test(endpoint.trim()))
    throw new RetryError('The endpoint must begin with https://.')
  const base = endpoint.trim().replace(/(\/segment\/batch)?\/*$/, '')
  return { address: `${base}/segment/batch`, keyId: keyId.trim(), secret: secret.trim() }
}

/** A proxy answers in something else than JSON. */
function parse(text: string): Reply {
  try {
    return JSON.parse(text) || {}
  } catch {
    return {}
  }
}

function saidIn({ error }: Reply): string {
  return error?.message ? ` ${error.message}` : ''
}

function remedyFor(status: number): string {
  if (status === 401) return 'Inkling refused the signature: compare keyId and secret with its SIGNING_KEYS.'
  if (status === 404 || status === 405) return 'Inkling is not at this endpoint, or is too old for it.'
  if (status >= 300 && status < 400) return 'This endpoint leads to another one: enter that.'
  return `Inkling answered ${status}.`
}
