import type { Condition, Expectation } from '../condition.ts'
import { holds } from '../holds.ts'
import type { CustomMoment } from '../policy.ts'
import type { Noticed, Scene } from './moment.ts'
import { lastedOn, listed, percent, seconds, spoken } from './words.ts'

const NONE: readonly Noticed[] = []

/** @returns the custom moments of the policy whose conditions all hold now. */
export function noticeCustom({ page, state, input, policy }: Scene): readonly Noticed[] {
  // A timer asks about one thing; conditions are about what somebody does.
  if (input.kind !== 'message' || policy.customMoments.length === 0) return NONE
  const lasted = lastedOn(page)
  return policy.customMoments.flatMap(moment => {
    if (!moment.when.every(condition => holds(condition, { state, input, page, policy }))) return []
    return [
      {
        moment: moment.name,
        // A page view, or an act: it fires once for it.
        cause: `${moment.name}:${page?.id ?? input.id}`,
        variant: moment.name,
        at: input.at,
        ...(lasted !== undefined && { lasted }),
        namesHour: moment.when.some(({ kind }) => kind === 'local_time'),
        properties: {
          page_url: page?.url ?? state.lastPage?.url ?? null,
          page_title: page?.title ?? state.lastPage?.title ?? null,
          page_type: page?.type ?? null,
          last_product: state.lastProduct?.id ?? null,
          last_product_name: state.lastProduct?.name ?? null,
        },
        why: `${sentence(moment)}.`,
        policy: moment,
      },
    ]
  })
}

function sentence({ when }: CustomMoment): string {
  const words = when.map(condition => inWords(condition)).join(', ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** A condition as it stands in the configuration, in words. */
export function inWords(condition: Condition): string {
  switch (condition.kind) {
    case 'page':
      return `on a ${condition.types.join(' or ')} page`
    case 'path':
      return `on ${condition.patterns.join(' or ')}`
    case 'dwell':
      return `active ${ranged(condition.range, spoken)}`
    case 'scroll':
      return `scrolled ${ranged(condition.range, share => `${percent(share)} %`)}`
    case 'hover':
      return `the pointer on ${condition.element ?? 'one element'} ${ranged(condition.range, ms => `${seconds(ms)} s`)}`
    case 'clicks':
      return `clicked ${ranged(condition.range, String)} times`
    case 'cart': {
      const { empty, value, items } = condition
      return [
        'the cart',
        empty === true && 'empty',
        empty === false && 'not empty',
        value && `worth ${ranged(value, String)}`,
        items && `with ${ranged(items, String)} items`,
      ]
        .filter(word => typeof word === 'string')
        .join(' ')
    }
    case 'event': {
      const asked = Object.entries(condition.properties).map(([name, expected]) => `${name} ${expectedWords(expected)}`)
      return `did ${condition.name}${asked.length === 0 ? '' : ` with ${listed(asked)}`}`
    }
    case 'trait':
      return `${condition.name} ${expectedWords(condition.expected)}`
    case 'device':
      return `on ${condition.devices.join(' or ')}`
    case 'local_time':
      return `between ${condition.from} and ${condition.to} o’clock their time`
    case 'viewed':
      return `looked at ${condition.name ?? `one ${condition.of}`} ${ranged(condition.times, String)} times within ${spoken(condition.within)}`
    case 'ordered':
      return `${condition.expected ? 'ordered' : 'did not order'} within ${spoken(condition.within)}`
    case 'visits':
      return `in visit ${ranged(condition.range, String)}`
    default:
      return condition satisfies never
  }
}

function expectedWords(expected: Expectation): string {
  return expected.kind === 'range' ? ranged(expected.range, String) : `is ${expected.values.join(' or ')}`
}

function ranged(
  { atLeast, under }: { readonly atLeast?: number; readonly under?: number },
  word: (value: number) => string,
): string {
  return [atLeast !== undefined && `at least ${word(atLeast)}`, under !== undefined && `under ${word(under)}`]
    .filter(part => part !== false)
    .join(' and ')
}
