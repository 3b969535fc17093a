/** Klaviyo's events of its own e-mails -> feedback. Pure. */
import type { FeedbackKind, Heard, Recipient } from '../feedback.ts'
import { isMembers, type Members, membersIn } from '../members.ts'
import { idIn, isTrue, nameIn, textIn, timeIn, toHeard } from '../reading.ts'

/**
 * The metrics that are asked for, by name, and what they say. A webhook's topic is `event:klaviyo.` and the name in lower
 * case with underscores. Leaving one list is not among them: whoever leaves one may stay on others.
 */
export const METRICS: Readonly<Record<string, FeedbackKind>> = {
  'Opened Email': 'opened',
  'Clicked Email': 'clicked',
  'Unsubscribed from Email Marketing': 'unsubscribed',
  // The name before it was renamed; older accounts have both.
  Unsubscribed: 'unsubscribed',
  'Marked Email as Spam': 'complained',
  'Bounced Email': 'bounced',
}

const KINDS_BY_TOPIC: ReadonlyMap<string, FeedbackKind> = new Map(
  Object.entries(METRICS).map(([name, kind]) => [`event:klaviyo.${name.toLowerCase().replaceAll(' ', '_')}`, kind]),
)

/** Properties by which Klaviyo marks what a program did. */
const MACHINE = ['machine_open', 'Machine Open', 'Apple Privacy Open', 'Bot Click']

/** @returns what is made of each event of a webhook; undefined when the body is none. */
export function hearWebhook(body: unknown): readonly Heard[] | undefined {
  if (!isMembers(body) || !Array.isArray(body.data)) return undefined
  return body.data.map((entry: unknown): Heard => {
    if (!isMembers(entry)) return { kind: 'ignored', why: 'incomplete' }
    const kind = typeof entry.topic === 'string' ? KINDS_BY_TOPIC.get(entry.topic) : undefined
    if (kind === undefined) return { kind: 'ignored', why: 'other' }
    // The payload is the answer of `GET /api/events/{id}`.
    const payload = isMembers(entry.payload) ? entry.payload : {}
    return hearEvent(isMembers(payload.data) ? payload.data : payload, kind, new Map())
  })
}

/** @returns what is made of each event of an answer of `GET /api/events` for one metric, profiles included. */
export function hearEvents(body: unknown, kind: FeedbackKind): readonly Heard[] {
  const included = recipientsIn(isMembers(body) ? body.included : undefined)
  return membersIn(isMembers(body) ? body.data : undefined).map(event => hearEvent(event, kind, included))
}

/** The profiles of an answer, by their id. */
export function recipientsIn(profiles: unknown): ReadonlyMap<string, Recipient> {
  return new Map(
    membersIn(profiles).flatMap(({ type, id, attributes }) => {
      if (type !== 'profile' || typeof id !== 'string' || !isMembers(attributes)) return []
      const email = nameIn(attributes.email)
      const userId = nameIn(attributes.external_id)
      return [[id, { ...(email !== undefined && { email }), ...(userId !== undefined && { userId }) }] as const]
    }),
  )
}

function hearEvent(event: Members, kind: FeedbackKind, included: ReadonlyMap<string, Recipient>): Heard {
  const attributes = isMembers(event.attributes) ? event.attributes : {}
  const properties = isMembers(attributes.event_properties) ? attributes.event_properties : {}
  if (MACHINE.some(name => isTrue(properties[name]))) return { kind: 'ignored', why: 'machine' }
  if (kind === 'bounced' && /^soft/i.test(textIn(properties['Bounce Type']) ?? ''))
    return { kind: 'ignored', why: 'temporary' }
  const platformId = profileIdOf(event)
  const { email = nameIn(properties.email_address), userId } = included.get(platformId ?? '') ?? {}
  return toHeard({
    id: idIn(event.id),
    kind,
    at: timeIn(attributes.timestamp, 1000) ?? dateIn(attributes.datetime),
    recipient: { email, userId, platformId },
    subject: textIn(properties.Subject),
    campaignId: textIn(properties.$message),
    campaignName: textIn(properties['Campaign Name']),
    link: textIn(properties.URL),
  })
}

function profileIdOf({ relationships }: Members): string | undefined {
  const profile = isMembers(relationships) ? relationships.profile : undefined
  return isMembers(profile) && isMembers(profile.data) ? idIn(profile.data.id) : undefined
}

/** ISO 8601 with its zone, as Klaviyo writes it. */
function dateIn(value: unknown): number | undefined {
  if (typeof value !== 'string' || !/(Z|[+-]\d\d:\d\d)$/.test(value)) return undefined
  return timeIn(Date.parse(value), 1)
}
