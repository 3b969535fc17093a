/** Feedback of a platform -> the track call of Segment's Email spec that says the same. Pure. */
import type { Feedback, FeedbackKind } from '../../connectors/feedback.ts'
import type { StoredProfile } from '../store/store.ts'

/** The spec's names: https://segment.com/docs/connections/spec/email/ */
const EVENTS: Readonly<Record<FeedbackKind, string>> = {
  opened: 'Email Opened',
  clicked: 'Email Link Clicked',
  unsubscribed: 'Unsubscribed',
  complained: 'Email Marked as Spam',
  bounced: 'Email Bounced',
}

/** As Segment would have sent it. */
export interface Call {
  readonly messageId: string
  readonly [member: string]: unknown
}

/**
 * @param person - who is meant. They are named by the id we know them by; the address is left out, for it is known already
 *   and may be an older one of theirs.
 * @returns undefined when there is no id to name them by.
 */
export function toCall(feedback: Feedback, platform: string, { id, state }: StoredProfile): Call | undefined {
  const { userId, anonymousIds } = state.known
  const anonymousId = anonymousIds.at(-1)
  if (userId === undefined && anonymousId === undefined) return undefined
  const { kind, at, subject, campaignId, campaignName, link } = feedback
  return {
    type: 'track',
    // The person is a part of it: one address may be known of several, and each of them is told once.
    messageId: `${platform}-${feedback.id}-${id}`,
    event: EVENTS[kind],
    ...(userId === undefined ? { anonymousId } : { userId }),
    timestamp: new Date(at).toISOString(),
    // The spec's properties; JSON leaves out what is undefined.
    properties: { email_subject: subject, campaign_id: campaignId, campaign_name: campaignName, link_url: link },
    context: { integration: { name: platform } },
  }
}
