/** Puts drafts of flows into a Klaviyo account. Nothing here ever sets one live. */
import { isMembers, membersIn } from '../members.ts'
import { FLOWS, type Step } from '../setup.ts'
import { type FlowKey, type Sender, toFlow } from './flows.ts'
import { at } from './sdk.ts'
import { asked, type Found, idOf, type Metric, readMetrics, type Site } from './site.ts'

/** What a shop's own integration, or Segment's, calls an order. */
const ORDERS = ['Placed Order', 'Order Completed']
/** A metric shows some seconds after its first event. */
const LOOKS = 10
const PAUSE_BETWEEN_LOOKS_MS = 2_000

/** @param sender - whom the drafts are from. */
export async function* draftFlows(site: Site, sender: Sender): AsyncGenerator<Step> {
  const flows = await readFlows(site)
  if (flows.kind === 'failed') {
    yield { kind: 'failed', what: 'flows', why: flows.why }
    return
  }
  for (const key of ['cart', 'pricing', 'levels'] as const) {
    const { name } = FLOWS[key]
    const status = flows.value.get(name)
    if (status !== undefined) yield { kind: 'there', what: `flow "${name}" (${status})` }
    else if (site.dryRun) yield { kind: 'missing', what: `flow "${name}"` }
    else yield await draft(site, key, sender)
  }
}

async function draft(site: Site, key: FlowKey, sender: Sender): Promise<Step> {
  const { account } = site
  const { name, moment } = FLOWS[key]
  const what = `flow "${name}"`
  const metrics = await metricsWith(site, moment)
  if (metrics.kind === 'failed') return { kind: 'failed', what, why: metrics.why }
  const metricId = idOf(metrics.value, moment)
  if (metricId === undefined) return { kind: 'failed', what, why: `Klaviyo does not show the metric ${moment} yet` }
  const orderMetricIds = metrics.value.filter(metric => ORDERS.includes(metric.name)).map(({ id }) => id)
  const made = await asked(site, {
    scope: 'flows:write',
    call: session =>
      at(account, new account.sdk.FlowsApi(session)).createFlow(toFlow(key, { metricId, orderMetricIds, sender })),
    read: body => (isMembers(body) && isMembers(body['data']) ? statusIn(body['data']) : undefined),
  })
  if (made.kind === 'failed') return { kind: 'failed', what, why: made.why }
  return made.value === 'draft'
    ? { kind: 'made', what: `${what} (draft)` }
    : { kind: 'differs', what, why: `Klaviyo made it ${made.value}, not a draft: look at it at once` }
}

/** The metric may be so new that it does not show yet. */
async function metricsWith(site: Site, moment: string): Promise<Found<readonly Metric[]>> {
  for (let looks = 1; ; looks += 1) {
    const metrics = await readMetrics(site)
    if (metrics.kind === 'failed' || looks >= LOOKS || idOf(metrics.value, moment) !== undefined) return metrics
    await site.pause(PAUSE_BETWEEN_LOOKS_MS)
  }
}

/** @returns the status of each of our flows that is there, by name. */
function readFlows(site: Site): Promise<Found<ReadonlyMap<string, string>>> {
  const { account } = site
  return asked(site, {
    scope: 'flows:read',
    call: session =>
      at(account, new account.sdk.FlowsApi(session)).getFlows({ filter: 'starts-with(name,"Inkling: ")' }),
    read: body => {
      if (!isMembers(body) || !Array.isArray(body['data'])) return undefined
      return new Map(
        membersIn(body['data']).flatMap(flow => {
          const name = isMembers(flow['attributes']) ? flow['attributes']['name'] : undefined
          return typeof name === 'string' ? [[name, statusIn(flow) ?? 'of unknown status'] as const] : []
        }),
      )
    },
  })
}

function statusIn({ attributes }: { readonly attributes?: unknown }): string | undefined {
  return isMembers(attributes) && typeof attributes['status'] === 'string' ? attributes['status'] : undefined
}
