/** Workflows: what makes one, what is refused of it, and the list of them. */
import type { Answer } from '../exchange.ts'
import { isMembers, type Members } from '../members.ts'
import type { Account, HubspotWorkflow } from './account.ts'
import type { Call } from './endpoints.ts'
import { invalid, json } from './reply.ts'

/** What a workflow of contacts must have (ApiContactFlowCreateRequest), and what it may have. */
const REQUIRED = {
  type: (value: unknown) => value === 'CONTACT_FLOW',
  flowType: (value: unknown) => value === 'WORKFLOW',
  objectTypeId: (value: unknown) => value === '0-1',
  isEnabled: (value: unknown) => typeof value === 'boolean',
  actions: Array.isArray,
  blockedDates: Array.isArray,
  timeWindows: Array.isArray,
  customProperties: isMembers,
  dataSources: Array.isArray,
  suppressionListIds: Array.isArray,
  canEnrollFromSalesforce: (value: unknown) => typeof value === 'boolean',
} as const
const OPTIONAL = ['name', 'description', 'startActionId', 'nextAvailableActionId', 'enrollmentCriteria', 'uuid']
/** The event of a property's value having changed. */
const PROPERTY_CHANGED = '4-655002'
const PAGE = 100

export function createWorkflow({ body, account, now }: Call): Answer {
  if (!isMembers(body)) return invalid('Invalid input JSON')
  const wrong = Object.entries(REQUIRED).find(([name, isGood]) => !isGood(body[name]))
  if (wrong !== undefined) return invalid(`${wrong[0]} is not valid`)
  const stray = Object.keys(body).find(name => !Object.hasOwn(REQUIRED, name) && !OPTIONAL.includes(name))
  if (stray !== undefined) return invalid(`${stray} is not a member of a workflow`)
  const { enrollmentCriteria: criteria, name } = body
  const mistake = criteria === undefined ? undefined : mistakeIn(criteria, account)
  if (mistake !== undefined) return invalid(mistake)
  const workflow: HubspotWorkflow = {
    id: String(account.workflows.length + 1),
    name: typeof name === 'string' ? name : '',
    isEnabled: body.isEnabled === true,
    criteria: isMembers(criteria) ? criteria : {},
    createdAt: now,
  }
  account.workflows.push(workflow)
  return json(201, { ...body, ...listed(workflow) })
}

export function listWorkflows({ account, url }: Call): Answer {
  const start = Number(url.searchParams.get('after') ?? 0)
  const limit = Math.min(Number(url.searchParams.get('limit') ?? PAGE), PAGE)
  const more = start + limit < account.workflows.length
  const paging = more ? { paging: { next: { after: String(start + limit) } } } : {}
  return json(200, { results: account.workflows.slice(start, start + limit).map(listed), ...paging })
}

function listed({ id, name, isEnabled, createdAt }: HubspotWorkflow): object {
  const at = new Date(createdAt).toISOString()
  return {
    id,
    name,
    isEnabled,
    objectTypeId: '0-1',
    flowType: 'WORKFLOW',
    revisionId: '1',
    createdAt: at,
    updatedAt: at,
  }
}

/** Only enrolment by events is imitated. */
function mistakeIn(criteria: unknown, account: Account): string | undefined {
  if (!isMembers(criteria) || criteria.type !== 'EVENT_BASED') return 'enrollmentCriteria are not valid'
  if (typeof criteria.shouldReEnroll !== 'boolean' || !Array.isArray(criteria.listMembershipFilterBranches))
    return 'enrollmentCriteria are not valid'
  const branches = Array.isArray(criteria.eventFilterBranches) ? criteria.eventFilterBranches.filter(isMembers) : []
  return branches.map(branch => mistakeInBranch(branch, account)).find(mistake => mistake !== undefined)
}

function mistakeInBranch(
  { eventTypeId, operator, filterBranchType, filters }: Members,
  account: Account,
): string | undefined {
  if (operator !== 'HAS_COMPLETED' || filterBranchType !== 'UNIFIED_EVENTS') return 'the branch is not valid'
  const asked = Array.isArray(filters) ? filters.filter(isMembers) : []
  if (eventTypeId !== PROPERTY_CHANGED) {
    const known = [...account.definitions.values()].some(({ objectTypeId }) => objectTypeId === eventTypeId)
    return known ? undefined : `event type ${eventTypeId} does not exist`
  }
  const operation = (name: string): Members => {
    const found = asked.find(({ property }) => property === name)?.operation
    return isMembers(found) ? found : {}
  }
  const { operator: compared, value } = operation('hs_name')
  if (compared !== 'IS_EQUAL_TO' || operation('hs_value').operator === undefined)
    return 'Property name and value filter is missing'
  return account.properties.has(String(value)) ? undefined : `Property ${value} does not exist`
}
