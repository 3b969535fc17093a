import { find, type Path } from './path.ts'
import type { Measures } from './tracker.ts'
import type { View } from './view.ts'

/** A click that nothing answered by then is dead, ms. */
const ANSWER_WITHIN_MS = 2000
/** A click so soon after the window got focus was meant to wake it, ms. */
const WAKING_MS = 1000

/**
 * Judged by what they do, not by what changes on the page: form fields answer by themselves, pictures paint. A link that
 * leads anywhere else may take its time, or open a tab.
 */
const UNJUDGED = 'label,input,select,textarea,canvas,video,audio,embed,object,a[href]:not([href^="#"])'
const CLICKABLE = 'a,button,[role=button],[role=link],[role=tab]'

/**
 * Counts clicks on what looks clickable that nothing answers. One click is watched at a time, and only then is there an
 * observer on the page. Text that keeps changing, such as a clock, is no answer. Neither is a request: the site's own
 * tracking sends one for dead buttons too, and to the visitor, what shows nothing for two seconds is dead.
 */
export function trackDeadClick({ page }: View): Measures<'dead_clicks'> {
  const texts = new Map<Node, number>()
  let dead_clicks = 0
  let wokenAt = -Infinity
  /** The click that is watched, and whether what is told now came after it. */
  let watched: Path | undefined
  let after = false

  const judge = page.timer(() => {
    // A text that changed once is an answer, one that keeps changing is a clock.
    if (![...texts.values()].includes(1) && watched && isClickable(watched)) dead_clicks++
    rest()
  })
  const observer = new MutationObserver(
    page.guard(records => {
      if (records.some(isAnswer)) rest()
      else for (const node of new Set(records.map(({ target }) => target))) texts.set(node, (texts.get(node) ?? 0) + 1)
    }),
  )

  function rest(): void {
    if (!watched) return
    watched = undefined
    after = false
    texts.clear()
    observer.disconnect()
    judge()
  }

  function answered(): void {
    if (after) rest()
  }

  return {
    totals: () => ({ dead_clicks }),
    stop: rest,
    hide: rest,
    on: {
      focus(_event, at, [target]) {
        if (target === window) wokenAt = at
      },
      blur: answered,
      focusin: answered,
      submit: answered,
      scroll: answered,
      play: answered,
      pause: answered,
      // Another hash comes with it too.
      popstate: answered,
      selectionchange() {
        // Each click into text moves the caret, and the browser tells so in its own time: an answer is what got selected.
        if (getSelection()?.type === 'Range') answered()
      },
      click(_event, at, path) {
        if (path !== watched) return
        after = true
        if (at - wokenAt <= WAKING_MS) rest()
      },
    },
    now: {
      click(_event, _at, path) {
        if (watched || find(path, UNJUDGED)) return
        watched = path
        judge(ANSWER_WITHIN_MS)
        // The page may answer at once. Outside a shadow root, what changes within it is not told.
        for (const root of path)
          if (root instanceof Document || root instanceof ShadowRoot)
            observer.observe(root, { subtree: true, childList: true, attributes: true, characterData: true })
      },
    },
  }
}

/** Read as late as it is needed: reading costs the page, and most clicks are answered by then. */
function isClickable(path: Path): boolean {
  return !!find(path, CLICKABLE) || getComputedStyle(path[0] as Element).cursor === 'pointer'
}

function isAnswer({ type, addedNodes, removedNodes }: MutationRecord): boolean {
  return type === 'attributes' || [...addedNodes, ...removedNodes].some(({ nodeType }) => nodeType !== Node.TEXT_NODE)
}
