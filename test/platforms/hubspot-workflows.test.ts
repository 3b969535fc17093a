/** What a HubSpot account takes and refuses of a workflow. */
import { expect, test } from 'vitest'
import { openReadyHubspot, TOKEN } from '../support/hubspot-account.ts'

const changed = (
  name: string,
  more: readonly object[] = [{ property: 'hs_value', operation: { operator: 'IS_KNOWN' } }],
) => ({
  filterBranchType: 'UNIFIED_EVENTS',
  operator: 'HAS_COMPLETED',
  eventTypeId: '4-655002',
  filters: [{ property: 'hs_name', operation: { operator: 'IS_EQUAL_TO', value: name } }, ...more],
})
const enrolled = (branch: object) => ({
  type: 'EVENT_BASED',
  shouldReEnroll: true,
  eventFilterBranches: [branch],
  listMembershipFilterBranches: [],
})
const sound = {
  ...{ type: 'CONTACT_FLOW', flowType: 'WORKFLOW', objectTypeId: '0-1', name: 'Mine', isEnabled: false, actions: [] },
  ...{ blockedDates: [], timeWindows: [], customProperties: {}, dataSources: [], suppressionListIds: [] },
  canEnrollFromSalesforce: false,
  enrollmentCriteria: enrolled(changed('inkling_score')),
}

test.each([
  ['a sound one', sound, 201, ''],
  [
    'one by an event that is not defined',
    { enrollmentCriteria: enrolled({ ...changed('x'), eventTypeId: '6-1' }) },
    400,
    'does not exist',
  ],
  [
    'one by a property nobody has made',
    { enrollmentCriteria: enrolled(changed('nope')) },
    400,
    'Property nope does not exist',
  ],
  [
    'one that does not say which value',
    { enrollmentCriteria: enrolled(changed('inkling_score', [])) },
    400,
    'filter is missing',
  ],
  ['one of another kind of record', { objectTypeId: '0-2' }, 400, 'objectTypeId'],
  ['one that does not say whether it is on', { isEnabled: undefined }, 400, 'isEnabled'],
  ['one with a member nobody knows', { enabled: true }, 400, 'enabled is not a member'],
])('%s', async (_what, changes, status, words) => {
  const account = await openReadyHubspot()
  const reply = await fetch(`${account.url}/automation/v4/flows`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ ...sound, ...changes }),
  })
  expect([reply.status, await reply.text()]).toEqual([status, expect.stringContaining(words)])
  expect(account.workflows()).toHaveLength(status === 201 ? 1 : 0)
})
