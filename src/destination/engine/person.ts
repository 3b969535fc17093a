/** What the company tells of a person: value, stage and campaign, for conditions and hints. */
import { amount, clip, isObject, text } from './fields.ts'
import type { Message } from './message.ts'

export interface Circumstances {
  /** In the company's currency. */
  readonly lifetimeValue?: number
  /** How many they have made in all. */
  readonly orders?: number
  /** As the CRM spells it: lead, customer… */
  readonly lifecycle?: string
  readonly plan?: string
  readonly employees?: number
  /** utm source and name of the campaign that brought them last. */
  readonly campaignSource?: string
  readonly campaignName?: string
}

/** Spellings in use for the same trait; the first that is there counts. */
const LIFETIME_VALUE = ['clv', 'ltv', 'lifetime_value', 'lifetimeValue', 'total_spent', 'totalSpent']
const ORDERS = ['orders', 'orders_count', 'ordersCount', 'number_of_orders']
const LIFECYCLE = ['lifecycle_stage', 'lifecycleStage', 'lifecyclestage', 'customer_status', 'status']

/** @returns the circumstances after a message. */
export function learnCircumstances(known: Circumstances, message: Message): Circumstances {
  return campaign(identified(known, message), message)
}

function identified(known: Circumstances, { type, traits }: Message): Circumstances {
  if (type !== 'identify' && type !== 'group') return known
  const lifetimeValue = LIFETIME_VALUE.map(name => amount(traits[name])).find(value => value !== undefined)
  const orders = ORDERS.map(name => amount(traits[name])).find(value => value !== undefined)
  const lifecycle = LIFECYCLE.map(name => text(traits[name])).find(value => value !== undefined)
  const company = isObject(traits['company']) ? traits['company'] : traits
  const plan = text(traits['plan']) ?? text(company['plan'])
  const employees = amount(traits['employees']) ?? amount(company['employee_count'])
  return {
    ...known,
    ...(lifetimeValue !== undefined && { lifetimeValue }),
    ...(orders !== undefined && { orders }),
    ...(lifecycle !== undefined && { lifecycle: lifecycle.slice(0, 40) }),
    ...(plan !== undefined && { plan: plan.slice(0, 40) }),
    ...(employees !== undefined && { employees }),
  }
}

function campaign(known: Circumstances, { context }: Message): Circumstances {
  const source = clip(context.campaign?.source, 40) ?? known.campaignSource
  const name = clip(context.campaign?.name, 40) ?? known.campaignName
  if (source === known.campaignSource && name === known.campaignName) return known
  return {
    ...known,
    ...(source !== undefined && { campaignSource: source }),
    ...(name !== undefined && { campaignName: name }),
  }
}
