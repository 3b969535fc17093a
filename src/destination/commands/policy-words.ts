/** A policy in words. Its tables are typed by what they tell of: a moment or restraint without words does not compile. */
import { type MomentName, RESTRAINTS, type Restraint } from '../engine/fact.ts'
import { inWords } from '../engine/moments/custom.ts'
import type { MomentPolicy, Policy } from '../engine/policy.ts'
import { TRAITS } from '../engine/traits.ts'
import { exactly as span } from './policy-span.ts'
import { sequenceInWords } from './sequence-words.ts'

export function policyInWords(policy: Policy): readonly string[] {
  const { levels, score, traits, segments } = policy
  return [
    `Score: halves every ${span(score.halfLife)} without activity; written again once it moved by ${traits.scoreStep}`,
    `Levels: low from ${levels.low}, medium from ${levels.medium}, high from ${levels.high} points per 30 s over five minutes; left below ${percent(levels.hysteresis)} of that`,
    ...pointsInWords(policy),
    'Moments',
    ...momentsInWords(policy).map(indented),
    `Absence is waited for as much longer as the last message took to arrive, up to ${span(policy.restraint.lag)}`,
    'Sequences; each step is told as Sequence Step Due',
    ...policy.sequences.flatMap(sequence => sequenceInWords(sequence).map(indented)),
    indented(
      `from a lifetime value of ${policy.escalation.lifetimeValue} on, the steps come in ${percent(policy.escalation.pace)} of the time`,
    ),
    'What holds a moment back',
    ...RESTRAINTS.map(restraint => indented(`${restraint}: ${restraintsInWords(policy)[restraint]}`)),
    ...(segments.length === 0 ? [] : ['Segments with caps of their own; the first that fits counts']),
    ...segments.map(({ name, when, caps }) =>
      indented(`${name} (${when.map(inWords).join(', ')}): ${capsInWords(caps)}`),
    ),
    `Traits are named ${traits.prefix}…: ${TRAITS.map(({ name }) => name).join(', ')}`,
  ]
}

function pointsInWords({ pages, pageWeights, weights, saturation }: Policy): readonly string[] {
  const { events, ...signals } = weights
  const types = [...new Set(pages.map(({ type }) => type))].map(type => {
    const paths = pages.filter(page => page.type === type).flatMap(page => page.paths)
    return indented(`${type}${type in pageWeights ? `, points × ${pageWeights[type]}` : ''}: ${paths.join(' ')}`)
  })
  const unseen = Object.keys(pageWeights).filter(type => !pages.some(page => page.type === type))
  return [
    'Page types, for pages that do not say their own',
    ...types,
    ...unseen.map(type => indented(`${type}, points × ${pageWeights[type]}: only where a page says so itself`)),
    `Points at most: ${counts(signals)}`,
    `Saturation: 63 % after ${span(saturation.hover)} of hovering, ${span(saturation.dwell)} of active time, ${span(saturation.video)} of video, ${saturation.clicks} clicks; hovers under ${span(saturation.hoverMinimum)} are noise; the hovers of a page together count at most ${saturation.hoverElements} times`,
    `Points by event: ${counts(events)}`,
  ]
}

interface MomentWords {
  readonly name: MomentName
  readonly policy: MomentPolicy
  readonly when: string
}

/** @returns for each moment its event's name and when it fires, under these settings. */
export function momentWords({ moments: m }: Policy): Readonly<Record<keyof Policy['moments'], MomentWords>> {
  return {
    engagementLevel: {
      name: 'Engagement Level Reached',
      policy: m.engagementLevel,
      when: `when the level rises to ${either(m.engagementLevel.levels) || 'nothing, for no level is listed'}`,
    },
    pricingIntent: {
      name: 'Pricing Intent Detected',
      policy: m.pricingIntent,
      when: `after ${span(m.pricingIntent.dwell)} active on ${onPage(m.pricingIntent.pageTypes)}, confirmed by a scroll, hover, click or copy`,
    },
    contentDeepDive: {
      name: 'Content Deep Dive Detected',
      policy: m.contentDeepDive,
      when: `after ${span(m.contentDeepDive.dwell)} active on ${onPage(m.contentDeepDive.pageTypes)}, ${percent(m.contentDeepDive.scrollDepth)} of it seen`,
    },
    repeatProductInterest: {
      name: 'Repeat Product Interest Detected',
      policy: m.repeatProductInterest,
      when: `at look ${m.repeatProductInterest.views} at one product within ${span(m.repeatProductInterest.within)}; an order starts the count anew`,
    },
    comparison: {
      name: 'Comparison Detected',
      policy: m.comparison,
      when: `at ${m.comparison.products} different products within ${span(m.comparison.within)}, confirmed by a second look at one of them`,
    },
    hesitation: {
      name: 'Hesitation Detected',
      policy: m.hesitation,
      when: `after ${span(m.hesitation.dwell)} active on ${onPage(m.hesitation.pageTypes)} without a click, confirmed by the pointer resting ${span(m.hesitation.hover)} on one thing`,
    },
    cartAbandoned: {
      name: 'Cart Abandoned',
      policy: m.cartAbandoned,
      when: `after ${span(m.cartAbandoned.after)} without activity and something in the cart${m.checkoutAbandoned.enabled ? ', the checkout not begun' : ''}; an order or an emptied cart takes it back`,
    },
    checkoutAbandoned: {
      name: 'Checkout Abandoned',
      policy: m.checkoutAbandoned,
      when: `after ${span(m.checkoutAbandoned.after)} without activity and the checkout begun; an order or an emptied cart takes it back`,
    },
    formAbandoned: {
      name: 'Form Abandoned',
      policy: m.formAbandoned,
      when: `after ${span(m.formAbandoned.after)} without activity and a form begun, confirmed by a second field; sending it takes it back`,
    },
    sessionExited: {
      name: 'Session Exited',
      policy: m.sessionExited,
      when: `${span(m.sessionExited.after)} after they left, from ${span(m.sessionExited.minimumActive)} of attention on; a return takes it back`,
    },
    contentDownloaded: { name: 'Content Downloaded', policy: m.contentDownloaded, when: 'at each file taken along' },
    featureAdoptionStalled: {
      name: 'Feature Adoption Stalled',
      policy: m.featureAdoptionStalled,
      when: `${span(m.featureAdoptionStalled.after)} after the first use of a feature; a second use takes it back`,
    },
    reengaged: {
      name: 'Re-engaged',
      policy: m.reengaged,
      when: `on a return after ${span(m.reengaged.away)} or more, confirmed by a level above none`,
    },
  }
}

function momentsInWords(policy: Policy): readonly string[] {
  const own = policy.customMoments.map(
    (moment, index) =>
      `${told(moment.name, moment, `when ${moment.when.map(inWords).join(', ')}`)} [customMoments.${index}]`,
  )
  const builtIn = Object.entries(momentWords(policy)).map(
    ([key, { name, policy: moment, when }]) => `${told(name, moment, when)} [moments.${key}]`,
  )
  return [...builtIn, ...own]
}

function told(name: string, { enabled, cooldown, freshFor, capped }: MomentPolicy, when: string): string {
  if (!enabled) return `${name}: off`
  return `${name}: ${when}; at most once in ${span(cooldown)}, fresh for ${span(freshFor)}${capped ? '' : ', outside the caps'}`
}

function restraintsInWords({ restraint, caps, consent }: Policy): Readonly<Record<Restraint, string>> {
  const { cooldownByLevel, cooldownByTrend, highValue, quietHours, sustained } = restraint
  const byFactor = (factors: Readonly<Record<string, number>>, word: (name: string) => string) =>
    Object.entries(factors).flatMap(([name, factor]) => (factor === 1 ? [] : [`× ${factor} ${word(name)}`]))
  const factors = [
    ...byFactor(cooldownByLevel, level => `at level ${level}`),
    ...byFactor(cooldownByTrend, trend => `while engagement is ${trend}`),
    ...byFactor({ valued: highValue.cooldown }, () => `once ${either(highValue.events) || 'nothing'} followed`),
  ]
  return {
    silenced:
      'nothing after an unsubscription, a spam complaint or a bounce, nor while a platform lets no e-mail reach them',
    just_ordered: `nothing under the caps for ${span(restraint.afterOrder)} after an order`,
    unconfirmed: 'nothing on time or count alone, where a moment asks for a second sign',
    stale: 'nothing on behaviour that is no longer fresh',
    repeated: 'nothing twice for the same page view, cart or visit',
    cooling_down: `not again within its cooldown${factors.length === 0 ? '' : `, ${factors.join(', ')}`}`,
    capped: `caps per person: ${capsInWords(caps)}`,
    no_consent:
      consent.length === 0
        ? 'consent is not consulted'
        : `needs ${consent.join(' and ')} where the site stamps consent`,
    automated: `nothing where a program seems to drive the browser, from ${percent(restraint.automation)} sure on`,
    fleeting: `nothing under the caps on behaviour of less than ${span(sustained)}, unless the visit goes on`,
    quiet_hours:
      quietHours.from === quietHours.to
        ? 'no hour is quiet'
        : `nothing under the caps from ${quietHours.from} to ${quietHours.to} o’clock of their own day, unless they are at medium or high; a timer asks again when it is over`,
    unidentified: 'no cart, checkout or form is told of somebody whom nobody knows yet',
  }
}

function capsInWords(caps: Policy['caps']): string {
  return caps.length === 0 ? 'none' : caps.map(({ limit, within }) => `${limit} in ${span(within)}`).join(', ')
}

function onPage(types: readonly string[]): string {
  const words = either(types)
  return `${/^[aeiou]/.test(words) ? 'an' : 'a'} ${words} page`
}

function either(words: readonly string[]): string {
  return words.join(' or ')
}

function counts(points: Readonly<Record<string, number>>): string {
  return Object.entries(points)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

function indented(line: string): string {
  return `  ${line}`
}
