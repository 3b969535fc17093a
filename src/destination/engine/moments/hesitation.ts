import type { Notice } from './moment.ts'
import { pageProperties, seconds, spoken } from './words.ts'

/** On the brink of buying: long on cart or checkout, the pointer on something, and no click. */
export const noticeHesitation: Notice = ({ page, input, policy }) => {
  const moment = policy.moments.hesitation
  if (
    page === undefined ||
    !moment.pageTypes.includes(page.type) ||
    page.totals.activeMs < moment.dwell ||
    page.totals.clicks > 0
  )
    return undefined
  const [[element], [hoverMs = 0]] = [page.totals.hovers.elements, page.totals.hovers.ms]
  const stayed = `Spent ${seconds(page.totals.activeMs)} s on the ${page.type} page without a click (threshold ${spoken(moment.dwell)})`
  const rested = element !== undefined && hoverMs >= moment.hover
  return {
    moment: 'Hesitation Detected',
    cause: page.id,
    variant: '',
    at: input.at,
    properties: {
      ...pageProperties(page),
      page_type: page.type,
      dwell_seconds: seconds(page.totals.activeMs),
      hovered_element: element ?? null,
    },
    why: `${stayed}, the pointer resting on ${element} for ${seconds(hoverMs)} s.`,
    policy: moment,
    ...(!rested && {
      lacking: {
        restraint: 'unconfirmed' as const,
        why: `${stayed}, but the pointer rested nowhere for ${spoken(moment.hover)}.`,
      },
    }),
  }
}
