import { linkOf, targetOf } from './link.ts'
import type { Tracker, View } from './view.ts'

/** A click that nothing answered by then is dead, ms. */
const ANSWER_WITHIN_MS = 2000
/** A click so soon after the window got focus was meant to wake it, ms. */
const WAKING_MS = 1000

/** Judged by what they do, not by what changes on the page: form fields answer by themselves, pictures paint. */
const UNJUDGED = 'input,textarea,select,label,option,canvas,video,audio,embed,object,iframe'
const CLICKABLE = 'a,button,summary,[role=button],[role=link],[role=tab],[role=menuitem]'

/**
 * Counts clicks on what looks clickable that nothing answers. One click is watched at a time, and only then is there an
 * observer on the page. Text that keeps changing, such as a clock, is no answer. Neither is a request: the site's own
 * tracking sends one for dead buttons too, and to the visitor, what shows nothing for two seconds is dead.
 */
export function trackDeadClick({ page }: View): Tracker {
  const texts = new Map<Node, number>()
  let dead_clicks = 0
  let wokenAt = -Infinity
  let watched: Element | undefined

  const judge = page.timer(() => {
    // Whether it looks clickable is read as late as this: reading costs the page, and most clicks are answered by now.
    if (watched && ![...texts.values()].includes(1) && looksClickable(watched)) dead_clicks++
    answered()
  })
  const observer = new MutationObserver(
    page.guard(records => {
      if (!records.every(isText)) return answered()
      for (const node of new Set(records.map(({ target }) => target))) texts.set(node, (texts.get(node) ?? 0) + 1)
    }),
  )

  function answered(): void {
    watched = undefined
    texts.clear()
    observer.disconnect()
    judge()
  }

  page.onClose(answered)
  page.listen(['focus'], ({ target }, at) => {
    if (target === window) wokenAt = at
  })
  // Another hash comes with a popstate.
  page.listen(
    ['blur', 'focusin', 'submit', 'scroll', 'selectionchange', 'play', 'pause', 'popstate', 'visibilitychange'],
    ({ type }) => {
      // Each click into text moves the caret, and the browser tells so in its own time: an answer is what got selected.
      if (watched && (type !== 'selectionchange' || getSelection()?.type === 'Range')) answered()
    },
  )
  page.listen(['click'], (event, at) => {
    const target = targetOf(event)
    // A link that leads anywhere else may take its time, or open a tab.
    const leads = linkOf(event)?.getAttribute('href')?.startsWith('#') === false
    if (!target || watched || leads || !event.isTrusted || at - wokenAt <= WAKING_MS || target.closest(UNJUDGED)) return
    watched = target
    judge(ANSWER_WITHIN_MS)
    // Outside a shadow root, what changes within it is not told.
    for (const root of event.composedPath())
      if (root instanceof Document || root instanceof ShadowRoot)
        observer.observe(root, { subtree: true, childList: true, attributes: true, characterData: true })
  })

  return { totals: () => ({ dead_clicks }) }
}

function looksClickable(target: Element): boolean {
  return Boolean(target.closest(CLICKABLE)) || getComputedStyle(target).cursor === 'pointer'
}

function isText({ type, addedNodes, removedNodes }: MutationRecord): boolean {
  return type !== 'attributes' && [...addedNodes, ...removedNodes].every(({ nodeType }) => nodeType === Node.TEXT_NODE)
}
