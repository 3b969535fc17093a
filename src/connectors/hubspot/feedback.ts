/** HubSpot's words about its e-mails -> feedback. Pure. */
import type { FeedbackKind, Heard, Recipient } from '../feedback.ts'
import { isMembers, type Members, membersIn } from '../members.ts'
import { idIn, isTrue, nameIn, textIn, timeIn, toHeard } from '../reading.ts'

/** Properties of a contact that HubSpot itself keeps about e-mails, and which values say what. */
const PROPERTIES: Readonly<
  Record<string, { readonly kind: FeedbackKind; readonly says: (value: unknown) => boolean }>
> = {
  hs_email_optout: { kind: 'unsubscribed', says: isTrue },
  hs_email_hard_bounce_reason_enum: { kind: 'bounced', says: value => textIn(value) !== undefined },
  hs_email_last_open_date: { kind: 'opened', says: value => textIn(value) !== undefined },
  hs_email_last_click_date: { kind: 'clicked', says: value => textIn(value) !== undefined },
}
const PROPERTY_CHANGES: readonly unknown[] = ['contact.propertyChange', 'object.propertyChange']

/** @returns what is made of each notification of a webhook; undefined when the body is none. */
export function hearWebhook(body: unknown): readonly Heard[] | undefined {
  return Array.isArray(body) ? body.map(hearNotification) : undefined
}

function hearNotification(notification: unknown): Heard {
  if (!isMembers(notification)) return { kind: 'ignored', why: 'incomplete' }
  const { subscriptionType, propertyName, propertyValue, eventId, subscriptionId, occurredAt, objectId } = notification
  const property =
    typeof propertyName === 'string' && Object.hasOwn(PROPERTIES, propertyName) ? PROPERTIES[propertyName] : undefined
  if (!PROPERTY_CHANGES.includes(subscriptionType) || property === undefined) return { kind: 'ignored', why: 'other' }
  // The opt-out was taken back, or a date was cleared.
  if (!property.says(propertyValue)) return { kind: 'ignored', why: 'other' }
  const [event, subscription] = [idIn(eventId), idIn(subscriptionId)]
  return toHeard({
    // Whether an event's id is one of a kind by itself is not documented.
    id: event === undefined || subscription === undefined ? undefined : `${event}-${subscription}`,
    kind: property.kind,
    at: timeIn(occurredAt, 1),
    recipient: { email: undefined, userId: undefined, platformId: idIn(objectId) },
  })
}

/** The types that say what became of an e-mail, in HubSpot's log of e-mail events. */
const KINDS: Readonly<Record<string, FeedbackKind>> = {
  OPEN: 'opened',
  CLICK: 'clicked',
  STATUSCHANGE: 'unsubscribed',
  SPAMREPORT: 'complained',
  BOUNCE: 'bounced',
}
/** What is asked for. */
export const EVENT_TYPES: readonly string[] = Object.keys(KINDS)

/** @returns what is made of each event of an answer of `GET /email/public/v1/events`. */
export function hearEvents(body: unknown): readonly Heard[] {
  return membersIn(isMembers(body) ? body.events : undefined).map(hearEvent)
}

function hearEvent(event: Members): Heard {
  const { id, created, type, recipient, filteredEvent, portalSubscriptionStatus, status } = event
  const kind = typeof type === 'string' && Object.hasOwn(KINDS, type) ? KINDS[type] : undefined
  if (kind === undefined) return { kind: 'ignored', why: 'other' }
  if (filteredEvent === true) return { kind: 'ignored', why: 'machine' }
  // A change of one kind of mail leaves the others, and most changes are subscriptions.
  if (kind === 'unsubscribed' && portalSubscriptionStatus !== 'UNSUBSCRIBED') return { kind: 'ignored', why: 'other' }
  // An enhanced status code: those that begin with a 4 may pass (RFC 3463).
  if (kind === 'bounced' && typeof status === 'string' && status.startsWith('4'))
    return { kind: 'ignored', why: 'temporary' }
  const at = timeIn(created, 1)
  const own = idIn(id)
  return toHeard({
    // HubSpot names an event by the pair.
    id: own === undefined || at === undefined ? undefined : `${own}-${at}`,
    kind,
    at,
    recipient: { email: nameIn(recipient), userId: undefined, platformId: undefined },
    subject: textIn(event.subject),
    campaignId: idIn(event.emailCampaignId),
    link: textIn(event.url),
  })
}

/** The addresses in an answer of `contacts/batch/read`, by contact. */
export function recipientsIn(body: unknown): ReadonlyMap<string, Recipient> {
  return new Map(
    membersIn(isMembers(body) ? body.results : undefined).flatMap(({ id, properties }) => {
      const email = isMembers(properties) ? nameIn(properties.email) : undefined
      return typeof id === 'string' && email !== undefined ? [[id, { email }] as const] : []
    }),
  )
}
