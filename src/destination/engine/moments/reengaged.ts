import { since } from '../time.ts'
import type { Notice } from './moment.ts'
import { lastedOn, spoken } from './words.ts'

/** Back after a long time, and not just passing by: the visit has reached a level. */
export const noticeReengaged: Notice = ({ state, input, page, policy }) => {
  const moment = policy.moments.reengaged
  const { visit } = state
  if (input.kind !== 'message' || visit.previousAt === undefined || state.level === 'none') return undefined
  const away = since(visit.previousAt, visit.startedAt)
  if (away < moment.away) return undefined
  const lasted = lastedOn(page)
  return {
    moment: 'Re-engaged',
    cause: `visit:${visit.startedAt}`,
    variant: '',
    at: input.at,
    ...(lasted !== undefined && { lasted }),
    properties: {
      days_away: Math.floor(away / 86_400_000),
      visit_number: visit.number,
      level: state.level,
      last_product: state.lastProduct?.id ?? null,
      last_product_name: state.lastProduct?.name ?? null,
    },
    why: `Came back after ${spoken(away)} (threshold ${spoken(moment.away)}) and is engaged again: level ${state.level}.`,
    policy: moment,
  }
}
