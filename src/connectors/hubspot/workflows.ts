/** Puts workflows into a HubSpot account, switched off and without actions. Nothing here ever switches one on. */
import { isMembers, membersIn } from '../members.ts'
import { outcomeOf, type Reply } from '../request.ts'
import { FLOWS, type Step } from '../setup.ts'
import { wordsOf } from './answer.ts'
import { eventNameOf, momentPropertyNames } from './map.ts'
import type { Account } from './sdk.ts'

const PATH = '/automation/v4/flows'
/** An account has at most 1,000 workflows. */
const MAX_PAGES = 10
/** The event of a property's value having changed, whichever property that is. */
const PROPERTY_CHANGED = '4-655002'

export async function* setUpWorkflows(
  { account, dryRun }: { readonly account: Account; readonly dryRun: boolean },
  isDefined: (eventName: string) => boolean,
): AsyncGenerator<Step> {
  const present = await readWorkflows(account)
  if (present.kind === 'failed') {
    const isRefused = present.reply.kind === 'answered' && present.reply.status === 403
    const why = 'HubSpot refuses to list them (403): they need a Professional subscription and the scope automation'
    yield isRefused ? { kind: 'none', what: 'workflows', why } : failed(account, 'workflows', present.reply)
    return
  }
  for (const { name, moment } of Object.values(FLOWS)) {
    const what = `workflow "${name}"`
    const isOn = present.workflows.get(name)
    if (isOn !== undefined) yield { kind: 'there', what: `${what} (${isOn ? 'switched on' : 'switched off'})` }
    else if (dryRun) yield { kind: 'missing', what }
    else yield await make(account, { name, moment, what, isDefined })
  }
}

interface Wish {
  readonly name: string
  readonly moment: string
  readonly what: string
  readonly isDefined: (eventName: string) => boolean
}

async function make(account: Account, { name, moment, what, isDefined }: Wish): Promise<Step> {
  const type = isDefined(eventNameOf(moment)) ? await eventTypeOf(account, moment) : undefined
  const started = type === undefined ? `whenever ${momentPropertyNames(moment).at} changes` : `by the event ${moment}`
  const made = await account.request('POST', PATH, toWorkflow(name, moment, type))
  if (made.kind !== 'answered' || made.body.kind !== 'json' || ![200, 201].includes(made.status))
    return failed(account, what, made)
  const isOn = isMembers(made.body.value) && made.body.value['isEnabled'] === true
  return isOn
    ? { kind: 'differs', what, why: 'HubSpot switched it on: switch it off at once' }
    : { kind: 'made', what: `${what} (switched off; starts ${started})` }
}

/** @returns the id by which a workflow names the event, where HubSpot tells it. */
async function eventTypeOf(account: Account, moment: string): Promise<string | undefined> {
  const reply = await account.request('GET', `/events/v3/event-definitions/${encodeURIComponent(eventNameOf(moment))}`)
  const body = reply.kind === 'answered' && reply.status === 200 && reply.body.kind === 'json' ? reply.body.value : {}
  const type = isMembers(body) ? body['objectTypeId'] : undefined
  return typeof type === 'string' && /^6-\d+$/.test(type) ? type : undefined
}

function toWorkflow(name: string, moment: string, eventTypeId: string | undefined): object {
  return {
    type: 'CONTACT_FLOW',
    flowType: 'WORKFLOW',
    objectTypeId: '0-1',
    name,
    isEnabled: false,
    // What is sent is the marketer's: an e-mail must be there before an action can name it.
    actions: [],
    enrollmentCriteria: {
      type: 'EVENT_BASED',
      shouldReEnroll: true,
      eventFilterBranches: [
        {
          filterBranchType: 'UNIFIED_EVENTS',
          filterBranchOperator: 'AND',
          filterBranches: [],
          filters: eventTypeId === undefined ? changeOf(momentPropertyNames(moment).at) : [],
          eventTypeId: eventTypeId ?? PROPERTY_CHANGED,
          operator: 'HAS_COMPLETED',
        },
      ],
      listMembershipFilterBranches: [],
    },
    timeWindows: [],
    blockedDates: [],
    customProperties: {},
    suppressionListIds: [],
    canEnrollFromSalesforce: false,
    dataSources: [],
  }
}

/** Both are needed: which property it was, and that it has a value now. */
function changeOf(property: string): readonly object[] {
  return [
    {
      filterType: 'PROPERTY',
      property: 'hs_name',
      operation: {
        operationType: 'STRING',
        operator: 'IS_EQUAL_TO',
        value: property,
        includeObjectsWithNoValueSet: false,
      },
    },
    {
      filterType: 'PROPERTY',
      property: 'hs_value',
      operation: { operationType: 'ALL_PROPERTY', operator: 'IS_KNOWN', includeObjectsWithNoValueSet: false },
    },
  ]
}

type Present =
  /** Whether each is switched on, by name. */
  | { readonly kind: 'known'; readonly workflows: ReadonlyMap<string, boolean> }
  | { readonly kind: 'failed'; readonly reply: Reply }

async function readWorkflows(account: Account): Promise<Present> {
  const workflows = new Map<string, boolean>()
  let after = ''
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const reply = await account.request('GET', `${PATH}?limit=100${after}`)
    const body = reply.kind === 'answered' && reply.status === 200 && reply.body.kind === 'json' ? reply.body.value : 0
    if (!isMembers(body)) return { kind: 'failed', reply }
    for (const { name, isEnabled } of membersIn(body['results']))
      if (typeof name === 'string') workflows.set(name, isEnabled === true)
    const next = isMembers(body['paging']) && isMembers(body['paging']['next']) ? body['paging']['next']['after'] : 0
    if (typeof next !== 'string') break
    after = `&after=${encodeURIComponent(next)}`
  }
  return { kind: 'known', workflows }
}

function failed({ accessToken }: Account, what: string, reply: Reply): Step {
  const outcome = outcomeOf(reply, { words: wordsOf, secrets: [accessToken] })
  return { kind: 'failed', what, why: outcome.kind === 'delivered' ? 'an answer without sense' : outcome.reason }
}
