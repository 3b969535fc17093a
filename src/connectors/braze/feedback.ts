/** Braze's Currents events about e-mails -> feedback. Pure. */
import type { FeedbackKind, Heard } from '../feedback.ts'
import { isMembers } from '../members.ts'
import { idIn, isTrue, nameIn, textIn, timeIn, toHeard } from '../reading.ts'

/** Sends, deliveries and aborts say what Braze did; only these say what became of it. */
const KINDS: Readonly<Record<string, FeedbackKind>> = {
  'users.messages.email.Open': 'opened',
  'users.messages.email.Click': 'clicked',
  'users.messages.email.Unsubscribe': 'unsubscribed',
  'users.messages.email.MarkAsSpam': 'complained',
  'users.messages.email.Bounce': 'bounced',
}
const SOFT_BOUNCE = 'users.messages.email.SoftBounce'

/** Properties by which Braze marks what a program did. */
const MACHINE = ['machine_open', 'is_suspected_bot_click']

/** @returns what is made of each event of a batch; undefined when the body is none. */
export function hearCurrents(body: unknown): readonly Heard[] | undefined {
  return isMembers(body) && Array.isArray(body.events) ? body.events.map(hearEvent) : undefined
}

function hearEvent(event: unknown): Heard {
  if (!isMembers(event)) return { kind: 'ignored', why: 'incomplete' }
  const { event_type: type, id, time } = event
  if (type === SOFT_BOUNCE) return { kind: 'ignored', why: 'temporary' }
  const kind = typeof type === 'string' && Object.hasOwn(KINDS, type) ? KINDS[type] : undefined
  if (kind === undefined) return { kind: 'ignored', why: 'other' }
  const user = isMembers(event.user) ? event.user : {}
  const properties = isMembers(event.properties) ? event.properties : {}
  if (MACHINE.some(name => isTrue(properties[name]))) return { kind: 'ignored', why: 'machine' }
  return toHeard({
    id: idIn(id),
    kind,
    at: timeIn(time, 1000),
    // Braze's own user id is of no use: only a paid export would tell who it is.
    recipient: {
      email: nameIn(properties.email_address),
      userId: nameIn(user.external_user_id),
      platformId: undefined,
    },
    campaignId: textIn(properties.campaign_id) ?? textIn(properties.canvas_id),
    campaignName: textIn(properties.campaign_name) ?? textIn(properties.canvas_name),
    link: textIn(properties.url),
  })
}
