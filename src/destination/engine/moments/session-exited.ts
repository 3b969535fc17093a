import { itemCount } from '../cart.ts'
import type { Notice } from './moment.ts'
import { seconds, spoken } from './words.ts'

/** They left and did not come back at once. A link within the site, or out of it, is no exit; a quick return takes it back. */
export const noticeSessionExited: Notice = ({ state, input, policy }) => {
  const moment = policy.moments.sessionExited
  const { exit } = state
  if (input.kind !== 'timer' || input.timer.key !== 'exit' || exit === undefined) return undefined
  const pages = state.pageViews.filter(({ at }) => at >= state.visit.startedAt)
  const activeMs = pages.reduce((sum, { totals }) => sum + totals.activeMs, 0)
  if (activeMs < moment.minimumActive) return undefined
  const last = pages.at(-1)
  return {
    moment: 'Session Exited',
    cause: exit.cause,
    variant: '',
    at: input.at,
    properties: {
      exit_kind: exit.kind,
      exit_page_url: last?.url ?? null,
      exit_page_type: last?.type ?? null,
      active_seconds: seconds(activeMs),
      level: state.level,
      cart_item_count: itemCount(state.cart?.lines ?? []),
    },
    why: `Left ${last?.title ?? 'the site'} after ${seconds(activeMs)} s of attention and did not return within ${spoken(moment.after)}.`,
    policy: moment,
  }
}
