import type { FlatProperties, MomentFired } from '../fact.ts'
import { LEVELS } from '../level.ts'
import { cartTags } from '../merge-tags.ts'
import type { Noticed } from '../moments/moment.ts'
import { spoken } from '../moments/words.ts'
import type { ProfileState } from '../profile.ts'
import { duration, since } from '../time.ts'
import type { SequenceRun } from './run.ts'
import type { SequencePolicy, Way } from './sequence.ts'
import { cueWords } from './words.ts'

interface Turn {
  readonly state: ProfileState
  readonly sequence: SequencePolicy
  /** The moments that this input has fired. */
  readonly fired: readonly MomentFired[]
}

/**
 * A step of a sequence as the moment it becomes.
 *
 * @param run - with the step already counted.
 */
export function stepDue({ state, sequence, fired }: Turn, run: SequenceRun, way: Way): Noticed {
  const { startOn, steps, freshFor, capped } = sequence
  // The moment that starts a sequence takes its place under the cap; a step at the same instant is part of it.
  const counted = run.at === run.startedAt && fired.some(fact => fact.capped && startOn.includes(fact.moment))
  const content = contentOf(way, state)
  const later = since(run.startedAt, run.at)
  return {
    moment: 'Sequence Step Due',
    cause: `${run.name}:${run.startedAt}:${run.step}`,
    variant: run.name,
    at: run.at,
    properties: {
      sequence: run.name,
      step: run.step,
      step_count: steps.length,
      channel: way.channel,
      content_level: content,
      message: way.message,
      variant_slot: `${run.name}.${run.step}`,
      started_by: run.cue,
      started_at: new Date(run.startedAt).toISOString(),
      ...mergeTags(state),
    },
    why: `Step ${run.step} of ${steps.length} of ${run.name}, ${later === 0 ? 'at' : `${spoken(later)} after`} ${cueWords(run.cue)}: ${way.channel}, content level ${content}.`,
    policy: { enabled: true, freshFor, cooldown: duration(0), capped: capped && !counted },
  }
}

/** 1 for somebody who passed by, 3 for somebody at level high, now or at the height of the visit. */
function contentOf({ content }: Way, { level, visitLevel }: ProfileState): number {
  return content === 'by_level' ? Math.max(1, LEVELS.indexOf(level), LEVELS.indexOf(visitLevel)) : content
}

/** What an e-mail of any sequence may show, as it is when the step is due. */
function mergeTags({ cart, lastProduct, lastPage, form, features }: ProfileState): FlatProperties {
  return {
    ...cartTags(cart),
    last_product: lastProduct?.id ?? null,
    last_product_name: lastProduct?.name ?? null,
    last_product_url: lastProduct?.url ?? null,
    last_product_price: lastProduct?.price ?? null,
    page_url: lastPage?.url ?? null,
    page_title: lastPage?.title ?? null,
    form_id: form?.id ?? null,
    feature: features.at(-1)?.name ?? null,
  }
}
