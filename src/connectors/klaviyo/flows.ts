/** The drafts of flows, as Klaviyo's SDK takes them. Pure. */
import type { FlowCreateQuery, FlowDefinition } from 'klaviyo-api'
import { FLOWS } from '../setup.ts'

type Action = FlowDefinition['actions'][number]
type Condition = NonNullable<FlowDefinition['profileFilter']>['conditionGroups'][number]['conditions'][number]

/** Who an e-mail is from: the account's own default. */
export interface Sender {
  readonly email: string
  readonly name: string
}

export interface DraftParts {
  /** Of the metric that starts it. */
  readonly metricId: string
  /** Of orders; an order since the flow began ends it. */
  readonly orderMetricIds: readonly string[]
  readonly sender: Sender
}

export type FlowKey = keyof typeof FLOWS

/** @returns the body of `POST /api/flows`: every e-mail a draft, without a template, for what it says is the marketer's. */
export function toFlow(key: FlowKey, parts: DraftParts): FlowCreateQuery {
  const { metricId, orderMetricIds } = parts
  const definition: FlowDefinition = {
    triggers: [{ type: 'metric', id: metricId, triggerFilter: null }],
    // Each group must hold. Somebody who may not be mailed is not even let in.
    profileFilter: {
      conditionGroups: [MAY_BE_MAILED, ...orderMetricIds.map(noOrderSince)].map(one => ({ conditions: [one] })),
    },
    actions: ACTIONS[key](parts),
    entryActionId: 'first',
    reentryCriteria: REENTRY[key],
  }
  return { data: { type: 'flow', attributes: { name: FLOWS[key].name, definition } } }
}

/** How soon somebody may enter again. The caps and cooldowns of the configuration hold before that. */
const REENTRY: { readonly [K in FlowKey]: { duration: number; unit: string } } = {
  cart: { duration: 1, unit: 'day' },
  pricing: { duration: 1, unit: 'week' },
  levels: { duration: 1, unit: 'day' },
}

const ACTIONS: { readonly [K in FlowKey]: (parts: DraftParts) => Action[] } = {
  cart: ({ sender }) => [
    email(sender, {
      id: 'first',
      next: 'wait',
      subject: "You left {{ event.cart_last_item|default:'something' }} behind",
    }),
    { temporaryId: 'wait', type: 'time-delay', links: { next: 'second' }, data: { unit: 'days', value: 1 } },
    email(sender, { id: 'second', next: null, subject: 'Still thinking it over?' }),
  ],
  pricing: ({ sender }) => [email(sender, { id: 'first', next: null, subject: 'Questions about our plans?' })],
  levels: ({ sender, metricId }) => [
    {
      temporaryId: 'first',
      type: 'trigger-split',
      links: { nextIfTrue: 'high', nextIfFalse: 'medium' },
      data: {
        triggerId: metricId,
        triggerType: 'metric',
        triggerFilter: {
          conditionGroups: [
            {
              conditions: [
                {
                  type: 'metric-property',
                  metricId,
                  field: 'level',
                  filter: { type: 'string', operator: 'equals', value: 'high' },
                },
              ],
            },
          ],
        },
      },
    },
    email(sender, { id: 'high', next: null, subject: 'Can we help you decide?' }),
    email(sender, { id: 'medium', next: null, subject: 'More of what you looked at' }),
  ],
}

interface Email {
  readonly id: string
  readonly next: string | null
  readonly subject: string
}

function email(sender: Sender, { id, next, subject }: Email): Action {
  return {
    temporaryId: id,
    type: 'send-email',
    links: { next },
    data: {
      message: {
        name: subject,
        fromEmail: sender.email,
        fromLabel: sender.name,
        subjectLine: subject,
        previewText: '',
        templateId: null,
        smartSendingEnabled: true,
        transactional: false,
        addTrackingParams: true,
      },
      status: 'draft',
    },
  }
}

const MAY_BE_MAILED: Condition = {
  type: 'profile-marketing-consent',
  consent: { channel: 'email', canReceiveMarketing: true, consentStatus: { subscription: 'any' } },
}

function noOrderSince(metricId: string): Condition {
  return {
    type: 'profile-metric',
    metricId,
    measurement: 'count',
    measurementFilter: { type: 'numeric', operator: 'equals', value: 0 },
    timeframeFilter: { type: 'date', operator: 'flow-start' },
  }
}
