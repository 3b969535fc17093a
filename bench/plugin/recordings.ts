/**
 * Replays recorded hands through the hover code: `npm run bench:plugin:recordings`. Where an eye tracker was running, it says how often a
 * counted hover met the eye, beside the naive rule under which each `mouseover` counts. Prints figures over all recordings, and nothing else of them.
 */
import { trackHover } from '../../src/browser-plugin/hover.ts'
import { feedPage, viewOf } from '../../test/browser-plugin/fed-page.ts'
import { hasShared, sharedLines } from '../../test/support/shared.ts'
import { type FocusSession, holds, stage, type Trial } from './hand.ts'
import { printTable } from './table.ts'

/** Least lengths of the stays in the table, ms. */
const CLASSES = [0, 200, 500, 1000, 2000, 3000] as const

if (!hasShared) {
  console.log('skipped: there is no ../shared beside this checkout')
} else {
  reportEyes(sharedLines<Trial>('data/serp-hover/trials.jsonl.gz'))
  reportFocus(sharedLines<FocusSession>('data/serp-evtrack/sessions.jsonl.gz'))
}

/** One stay of the pointer on an element. */
interface Stay {
  readonly element: string
  readonly from: number
  readonly to: number
}

/** @returns every stay that a `mouseover` begins, and those that the hover code counted. */
function replay(trial: Trial): { readonly naive: readonly Stay[]; readonly counted: readonly Stay[] } {
  const { page, nameOf, play } = stage(trial)
  const hover = page.follow(trackHover(viewOf(page, { thresholds: { hoverMs: [] }, nameOf })))
  const naive: Stay[] = []
  const counted: Stay[] = []
  const before = new Map<string, number>()
  let stay: { readonly element: string; readonly from: number } | undefined

  /** What the totals grew by since the last look was one hover; its own end is the moment before. */
  function settle(at: number): void {
    for (const { element, ms } of hover.totals().hovers) {
      const grown = ms - (before.get(element) ?? 0)
      if (grown > 0 && element !== stay?.element) {
        counted.push({ element, from: at - grown, to: at })
        before.set(element, ms)
      }
    }
  }

  play({
    placed: (element, at) => {
      if (stay) naive.push({ ...stay, to: at })
      stay = element === undefined ? undefined : { element, from: at }
      settle(at)
    },
  })
  return { naive, counted }
}

function met({ aois, gaze }: Trial, { element, from, to }: Stay): boolean {
  const box = aois.find(({ id }) => id === element)
  return box !== undefined && gaze.some(([at, x, y, ms]) => at < to && at + ms > from && holds(box, x, y))
}

function reportEyes(trials: readonly Trial[]): void {
  const judged = trials.map(trial => {
    const { naive, counted } = replay(trial)
    const see = (stays: readonly Stay[]) => stays.map(stay => ({ ms: stay.to - stay.from, met: met(trial, stay) }))
    return { naive: see(naive), counted: see(counted) }
  })
  const all = { naive: judged.flatMap(({ naive }) => naive), counted: judged.flatMap(({ counted }) => counted) }
  const cell = (stays: readonly { readonly ms: number; readonly met: boolean }[], least: number) => {
    const long = stays.filter(({ ms }) => ms >= least)
    return `${long.filter(one => one.met).length} of ${long.length} (${Math.round((long.filter(one => one.met).length / long.length) * 100)} %)`
  }
  console.log(`serp-hover: ${trials.length} visits with an eye tracker. Stays that met the eye, by their least length:`)
  printTable(
    ['at least', 'every mouseover', 'counted by Inkling'],
    CLASSES.map(ms => [ms === 0 ? 'any' : `${ms} ms`, cell(all.naive, ms), cell(all.counted, ms)]),
  )
}

/**
 * These have no element boxes but the distance to one box, no eye, and a pointer every 150 ms: they show what leaving the window does to a
 * hover. The naive rule lets the stay run on until the pointer is next seen elsewhere.
 */
function reportFocus(sessions: readonly FocusSession[]): void {
  const box = new EventTarget()
  let counted = 0
  let naive = 0
  let away = 0
  for (const { events } of sessions) {
    const page = feedPage()
    const nameOf = (path: readonly EventTarget[]) => (path.includes(box) ? 'page' : undefined)
    const hover = page.follow(trackHover(viewOf(page, { thresholds: { hoverMs: [] }, nameOf })))
    const first = events[0]?.[0] ?? 0
    let now = first
    let blurredAt: number | undefined
    let pointerAt: number | undefined
    for (const [at, name] of events) {
      page.pass(Math.max(at - now, 0))
      now = Math.max(at, now)
      if (name === 'blur') {
        blurredAt ??= now
        page.show(false)
      }
      if (name === 'focus') {
        if (blurredAt !== undefined) away += now - blurredAt
        blurredAt = undefined
        page.show(true)
      }
      if (name !== 'mousemove') continue
      if (pointerAt === undefined) page.point({ kind: 'over', path: [box] })
      pointerAt ??= now
      page.point({ kind: 'move', pressed: false })
    }
    if (pointerAt !== undefined) naive += now - pointerAt
    counted += hover.totals().hovers[0]?.ms ?? 0
  }
  const seconds = (ms: number) => Math.round(ms / 1000)
  console.log(
    `\nserp-evtrack: ${sessions.length} visits, the whole page as one element, ${seconds(away)} s of them out of focus.`,
  )
  printTable(
    ['rule', 'seconds counted as hover'],
    [
      ['from the first mouseover until the end', seconds(naive)],
      ['counted by Inkling: hidden and parked time left out', seconds(counted)],
    ],
  )
}
