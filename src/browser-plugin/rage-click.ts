import { distance, type Spot } from './distance.ts'
import { targetOf } from './link.ts'

/** So many clicks within such a time and such a distance are not patience. A triple click selects, a double click opens. */
const MIN_CLICKS = 4
const WITHIN_MS = 1500
const WITHIN_PX = 30

/** What is clicked again and again because it works: steppers, sliders, players, games. */
const REPEATED =
  'input[type=number],input[type=range],select,canvas,video,audio,embed,object,[role=spinbutton],[role=slider]'
/** Words of buttons that step; they are compared, never sent. */
const STEPS = /next|prev|more|less|plus|minus|(in|de)cre(ase|ment)|add|remove|forward|back/i

export type SpottedClick = Spot & Pick<MouseEvent, 'detail' | 'composedPath'>

/** Makes the function that is told each trusted click and answers how many bursts of angry clicks there were. */
export function createRage(
  isHarmless: (click: SpottedClick) => boolean = isRepeated,
): (click: SpottedClick, at: number) => number {
  let bursts = 0
  let burst: { readonly click: SpottedClick; readonly at: number }[] = []
  return (click, at) => {
    const before = burst.length
    burst = burst.filter(earlier => at - earlier.at <= WITHIN_MS && distance(earlier.click, click) <= WITHIN_PX)
    // Made by a key, a click is nowhere.
    if (!click.detail || isHarmless(click)) burst = []
    else if (burst.push({ click, at }) >= MIN_CLICKS && before < MIN_CLICKS) bursts++
    return bursts
  }
}

/** Part of a stepper, or a way to select text. */
function isRepeated(click: Pick<Event, 'composedPath'>): boolean {
  const target = targetOf(click)
  const button = target?.closest('button,[role=button],a') ?? target
  return (
    getSelection()?.type === 'Range' ||
    STEPS.test(button?.getAttribute('aria-label') ?? '') ||
    // A button beside the number that it steps.
    Boolean(target?.closest(REPEATED) || button?.parentElement?.querySelector(REPEATED))
  )
}
