import { LEVELS } from '../level.ts'
import { currentScore } from '../traits.ts'
import type { Notice } from './moment.ts'

/** The 5-minute average rose to a level worth telling. */
export const noticeEngagementLevel: Notice = ({ before, state, input, policy }) => {
  const moment = policy.moments.engagementLevel
  if (state.level === before.level) return undefined
  const rose = LEVELS.indexOf(state.level) > LEVELS.indexOf(before.level)
  if (!rose || !moment.levels.includes(state.level)) return undefined
  const score = currentScore(state, input.at, policy)
  const page = state.pageViews.at(-1)
  return {
    moment: 'Engagement Level Reached',
    cause: `${state.level}:${input.id}`,
    variant: state.level,
    at: input.at,
    properties: {
      level: state.level,
      previous_level: before.level,
      score,
      page_type: page?.type ?? null,
      page_url: page?.url ?? null,
      page_title: page?.title ?? null,
    },
    why: `Engagement rose from ${before.level} to ${state.level} (score ${score}${page ? `, on ${pageWords(page.type)}` : ''}).`,
    policy: moment,
  }
}

function pageWords(type: string): string {
  return type === 'other' ? 'a page' : `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type} page`
}
