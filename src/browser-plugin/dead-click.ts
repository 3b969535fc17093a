import { type Click, openPage, type Page, type Stop, together } from './page.ts'

/** A click that nothing answered by then is dead, ms. */
const ANSWER_WITHIN_MS = 2000
/** A click so soon after the window got focus was meant to wake it, ms. */
const WAKING_MS = 1000

/** Judged by what they do, not by what changes on the page: form fields answer by themselves, pictures paint. */
const UNJUDGED = 'input,textarea,select,label,option,canvas,video,audio,embed,object,iframe'
const CLICKABLE = 'a,button,summary,[role=button],[role=link],[role=tab],[role=menuitem]'

/**
 * Any of these answers a click. A request does not: the site's own tracking sends one for dead buttons too, and to the
 * visitor, what shows nothing for two seconds is dead. Another hash comes with a popstate.
 */
const ANSWERS = [
  'blur',
  'focusin',
  'input',
  'change',
  'submit',
  'invalid',
  'toggle',
  'scroll',
  'selectionchange',
  'play',
  'pause',
  'volumechange',
  'popstate',
  'visibilitychange',
] as const

export interface DeadClickTracker {
  totals(): number
  readonly stop: Stop
}

/**
 * Counts clicks on what looks clickable that nothing answers. One click is watched at a time, and only then is there an
 * observer on the page. Text that keeps changing, such as a clock, is no answer.
 */
export function trackDeadClick(page: Page = openPage()): DeadClickTracker {
  let dead = 0
  let wokenAt = -Infinity
  let answered: Stop | undefined

  function watch(target: Element, path: Click['path']): void {
    const texts = new Map<Node, number>()
    const observer = new MutationObserver(records => {
      if (records.some(record => !isText(record))) answered?.()
      for (const node of new Set(records.map(record => record.target))) texts.set(node, (texts.get(node) ?? 0) + 1)
    })
    // Outside a shadow root, neither what changes within it nor all that happens there is told.
    const roots = path.filter(node => node instanceof Document || node instanceof ShadowRoot)
    for (const root of roots)
      observer.observe(root, { subtree: true, childList: true, attributes: true, characterData: true })
    const stop = together(
      () => observer.disconnect(),
      ...[window, ...roots].map(target => page.listen(ANSWERS, event => isAnswer(event) && answered?.(), target)),
      page.after(ANSWER_WITHIN_MS, () => {
        answered?.()
        // Read as late as this, for reading it costs the page, and most clicks are answered by now.
        if (![...texts.values()].includes(1) && looksClickable(target)) dead += 1
      }),
    )
    answered = () => {
      stop()
      answered = undefined
    }
  }

  const stop = together(
    page.listen(['focus'], ({ target, timeStamp }) => {
      if (target === window) wokenAt = timeStamp
    }),
    page.onClick(click => {
      const target = click.path.find(node => node instanceof Element)
      if (target && !answered && click.at - wokenAt > WAKING_MS && isJudged(click, target)) watch(target, click.path)
    }),
  )
  return {
    totals: () => dead,
    stop() {
      answered?.()
      stop()
    },
  }
}

/** A link that leads anywhere else may take its time, or open a tab. */
function isJudged({ trusted, link }: Click, target: Element): boolean {
  const stays = !link || link.getAttribute('href')?.startsWith('#')
  return Boolean(trusted && stays && !target.closest(UNJUDGED))
}

/** Each click into text moves the caret, and the browser tells so in its own time: an answer is what got selected. */
function isAnswer({ type }: Event): boolean {
  return type !== 'selectionchange' || getSelection()?.type === 'Range'
}

function looksClickable(target: Element): boolean {
  return Boolean(target.closest(CLICKABLE)) || getComputedStyle(target).cursor === 'pointer'
}

function isText({ type, addedNodes, removedNodes }: MutationRecord): boolean {
  return type !== 'attributes' && [...addedNodes, ...removedNodes].every(({ nodeType }) => nodeType === Node.TEXT_NODE)
}
