import { distance, type Spot } from './distance.ts'
import { find, type Path } from './path.ts'

/** So many clicks within such a time and such a distance are not patience. A triple click selects, a double click opens. */
const MIN_CLICKS = 4
const WITHIN_MS = 1500
const WITHIN_PX = 30

/** What is clicked again and again because it works: steppers, sliders, players, games. */
const REPEATED = '[type=number],[type=range],[role=spinbutton],[role=slider],select,canvas,video,audio,embed,object'
/** Words of buttons that step; they are compared, never sent. */
const STEPS = /next|prev|more|less|plus|minus|crease|crement|add|remove|forward|back/i

export interface SpottedClick extends Spot {
  /** 0 when a key made it. */
  readonly detail: number
}

/** Makes the function that is told each trusted click and answers how many bursts of angry clicks there were. */
export function createRage(isHarmless: (path: Path) => boolean = isRepeated) {
  let bursts = 0
  let burst: { readonly click: SpottedClick; readonly at: number }[] = []
  return (click: SpottedClick, at: number, path: Path): number => {
    const before = burst.length
    burst = burst.filter(earlier => at - earlier.at <= WITHIN_MS && distance(earlier.click, click) <= WITHIN_PX)
    if (!click.detail) burst = []
    else if (burst.push({ click, at }) >= MIN_CLICKS && before < MIN_CLICKS) {
      // Asked as late as it is needed: it reads much of the page.
      if (isHarmless(path)) burst = []
      else bursts++
    }
    return bursts
  }
}

/** Part of a stepper, or a way to select text. */
function isRepeated(path: Path): boolean {
  const button = find(path, 'button,[role=button],a') ?? find(path, '*')
  return !!(
    getSelection()?.type === 'Range' ||
    STEPS.test(button?.ariaLabel ?? '') ||
    find(path, REPEATED) ||
    // A button beside the number that it steps.
    button?.parentElement?.querySelector(REPEATED)
  )
}
