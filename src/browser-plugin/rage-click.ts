import type { Click } from './page.ts'

/** So many clicks within such a time and such a distance are not patience. A triple click selects, a double click opens. */
const MIN_CLICKS = 4
const WITHIN_MS = 1500
const WITHIN_PX = 30

/** What is clicked again and again because it works: steppers, sliders, players, games. */
const REPEATED =
  'input[type=number],input[type=range],select,canvas,video,audio,embed,object,[role=spinbutton],[role=slider]'
/** Words of buttons that step; they are compared, never sent. */
const STEPS = /next|prev|more|less|plus|minus|(in|de)cre(ase|ment)|add|remove|forward|back/i

/** Makes the function that is told each trusted click and answers how many bursts of angry clicks there were. */
export function createRage(isHarmless: (click: Click) => boolean = isRepeated): (click: Click) => number {
  let bursts = 0
  let burst: readonly Click[] = []
  return click => {
    const { spot, at } = click
    if (!spot || isHarmless(click)) burst = []
    else {
      const wasRage = burst.length >= MIN_CLICKS
      const near = ({ spot: other = spot }: Click) => Math.hypot(other.x - spot.x, other.y - spot.y) <= WITHIN_PX
      burst = [...burst.filter(earlier => at - earlier.at <= WITHIN_MS && near(earlier)), click]
      if (burst.length >= MIN_CLICKS && !wasRage) bursts += 1
    }
    return bursts
  }
}

/** Part of a stepper, or a way to select text. */
function isRepeated({ path }: Click): boolean {
  const target = path.find(node => node instanceof Element)
  const button = target?.closest('button,[role=button],a') ?? target
  return (
    getSelection()?.type === 'Range' ||
    STEPS.test(button?.getAttribute('aria-label') ?? '') ||
    // A button beside the number that it steps.
    Boolean(target?.closest(REPEATED) || button?.parentElement?.querySelector(REPEATED))
  )
}
