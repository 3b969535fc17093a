import { find } from './path.ts'
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
  let watching = false
  let clickable = (): boolean => false

  const judge = page.timer(() => {
    // A text that changed once is an answer, one that keeps changing is a clock.
    if (![...texts.values()].includes(1) && clickable()) dead_clicks++
    answered()
  })
  const observer = new MutationObserver(
    page.guard(records => {
      if (records.some(isAnswer)) answered()
      else for (const node of new Set(records.map(({ target }) => target))) texts.set(node, (texts.get(node) ?? 0) + 1)
    }),
  )

  function answered(): void {
    watching = false
    texts.clear()
    observer.disconnect()
    judge()
  }

  return {
    totals: () => ({ dead_clicks }),
    stop: answered,
    hide: answered,
    on: {
      focus(_event, at, target: EventTarget) {
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
      click(event, at, target) {
        const path = event.composedPath()
        if (watching || at - wokenAt <= WAKING_MS || find(path, UNJUDGED)) return
        watching = true
        // Read as late as it is needed: reading costs the page, and most clicks are answered by then.
        clickable = () => !!find(path, CLICKABLE) || getComputedStyle(target).cursor === 'pointer'
        judge(ANSWER_WITHIN_MS)
        // Outside a shadow root, what changes within it is not told.
        for (const root of path)
          if (root instanceof Document || root instanceof ShadowRoot)
            observer.observe(root, { subtree: true, childList: true, attributes: true, characterData: true })
      },
    },
  }
}

function isAnswer({ type, addedNodes, removedNodes }: MutationRecord): boolean {
  return type === 'attributes' || [...addedNodes, ...removedNodes].some(({ nodeType }) => nodeType !== Node.TEXT_NODE)
}
