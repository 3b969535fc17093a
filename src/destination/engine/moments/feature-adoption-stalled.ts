import type { Notice } from './moment.ts'
import { spoken } from './words.ts'

/** A feature tried once and not again. Fired by the `feature` timer; a second use cancels it. */
export const noticeFeatureAdoptionStalled: Notice = ({ state, input, policy }) => {
  const moment = policy.moments.featureAdoptionStalled
  const feature = state.features.at(-1)
  if (input.kind !== 'timer' || input.timer.key !== 'feature' || feature === undefined || feature.uses > 1)
    return undefined
  return {
    moment: 'Feature Adoption Stalled',
    cause: `${feature.name}:${feature.firstAt}`,
    variant: feature.name,
    at: input.at,
    properties: {
      feature: feature.name,
      first_used_at: new Date(feature.firstAt).toISOString(),
      plan: state.circumstances.plan ?? null,
    },
    why: `Used ${feature.name} once and not again for ${spoken(moment.after)}.`,
    policy: moment,
  }
}
