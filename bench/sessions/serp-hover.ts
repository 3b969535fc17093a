/** Pages of search results with the pointer, the scroll and the elements' boxes: every visit ends with a click on a result. */
import { sharedLines } from '../../test/support/shared.ts'
import { stage, type Trial } from '../plugin/hand.ts'
import { measurePage } from './measured-page.ts'
import { type DataSet, MONDAY, type RealSession, toMessages } from './session.ts'

/** When the visits took place is not recorded: those of one person are laid an hour apart, people a minute. ms */
const VISITS_APART_MS = 3_600_000
const PEOPLE_APART_MS = 60_000

export function serpHover(): DataSet {
  const trials = sharedLines<Trial>('data/serp-hover/trials.jsonl.gz')
  const people = [...new Set(trials.map(({ participant }) => participant))]
  const startOf = (trial: Trial) =>
    MONDAY +
    people.indexOf(trial.participant) * PEOPLE_APART_MS +
    trials.filter(({ participant }) => participant === trial.participant).indexOf(trial) * VISITS_APART_MS
  return {
    name: 'serp-hover',
    count: trials.length,
    orders: false,
    *sessions() {
      for (const trial of trials.toSorted((a, b) => startOf(a) - startOf(b))) yield toSession(trial, startOf(trial))
    },
  }
}

function toSession(trial: Trial, start: number): RealSession {
  const { page, nameOf, play } = stage(trial)
  const pageView = { pageViewId: trial.trial, path: '/search' }
  const measured = measurePage({ page, ...pageView, nameOf, scrolls: true })
  play({ clicked: measured.clicked })
  const told = measured.end('outbound').map(one => ({ ...one, at: start + one.at }))
  return { messages: toMessages(trial.participant, trial.trial, told) }
}
