import { nameOf, toName } from './element-name.ts'
import { find, type Path } from './path.ts'
import { FORM_STATES } from './signals.ts'
import type { Measures } from './tracker.ts'
import type { View } from './view.ts'

/** So many fields, or still entering so long after the first time, is engagement. */
const ENGAGED_FIELDS = 2
const ENGAGED_MS = 5000
/** What the visitor enters comes this soon after a key or a paste; otherwise the browser filled it in. ms */
const TYPED_WITHIN_MS = 50
/** A form that is still there and complains of nothing after this was taken; a page left within it was left by it. ms */
const JUDGED_AFTER_MS = 1000
/** Without a `submit` event, a form that disappears within so many looks was taken. */
const MAX_LOOKS = 5

/** Into these goes who means to fill them in, also right before leaving. */
const AIMED = 'a[href],label,input,select,textarea,[contenteditable]'
const GROUP = 'form,fieldset,[role=form],dialog,[role=dialog]'
/** The visitor's own business, and questions to the site rather than answers. */
const UNMEASURED = '[data-private],[role=search],[type=search]'
/** Outside a form each button is of type `submit`, so there it has to say so. */
const SUBMITS = '[type=submit],form button:not([type])'

/** The places in `FORM_STATES`. */
const STARTED = 1
const ENGAGED = 2
const SUBMITTED = 3

/** How likely the visitor is submitting: they clicked inside; pressed what submits; the browser itself said so. */
const CLICKED = 0
const PRESSED = 1
const SENT = 2

interface Form {
  readonly id: string
  readonly fields: Set<string>
  readonly startedAt: number
  group: Element
  stage: number
  last_field?: string
  autofilled?: boolean
}

/**
 * Follows how far the visitor came with each form, or group of fields without one; each step is told at once. Which field
 * was the last is known by its name; what stands in it is never read.
 */
export function trackForm({ page, emit }: View): Measures<'form'> {
  const forms = new Map<string, Form>()
  let latest: Form | undefined
  let typedAt = 0
  /** The form the visitor may be submitting, how likely and since when, and how often it was looked at since. */
  let attempt: Form | undefined
  let kind = CLICKED
  let triedAt = 0
  let looks = 0
  let refused: Event | undefined
  // The visitor's page may answer in its own time: a form that was pressed is looked at again until it has gone.
  const look = page.timer(() => {
    if (!attempt) return
    const gone = !attempt.group.getClientRects().length
    if (kind === SENT) settle(gone || !attempt.group.querySelector('[aria-invalid=true]'))
    else if (kind === CLICKED || gone || ++looks >= MAX_LOOKS) settle(kind === PRESSED && gone)
    else look(JUDGED_AFTER_MS)
  })

  function advance(form: Form, stage: number): void {
    if (stage <= form.stage) return
    form.stage = stage
    emit(stage === SUBMITTED ? 'decisive' : stage === ENGAGED ? 'strong' : 'notable')
  }

  /** Told of what a person or the browser entered. */
  function entered(_event: Event, at: number, path: Path): void {
    const [field] = path as [Element]
    const group = groupOf(field)
    if (!group) return
    const id = nameOf(group)
    latest = forms.get(id) ?? { id, fields: new Set(), startedAt: at, group, stage: 0 }
    latest.group = group
    forms.set(id, latest)
    if (at - typedAt > TYPED_WITHIN_MS && field.matches(':autofill')) latest.autofilled = true
    else {
      latest.last_field = fieldName(field)
      latest.fields.add(latest.last_field)
      advance(latest, latest.fields.size >= ENGAGED_FIELDS || at - latest.startedAt >= ENGAGED_MS ? ENGAGED : STARTED)
    }
  }

  function tried(how: number, path: Path, at: number): void {
    const group = groupOf(path[0] as Element)
    const form = group && forms.get(nameOf(group))
    if (!form || form.stage === SUBMITTED) return
    form.group = group
    attempt = form
    kind = how
    triedAt = at
    looks = 0
    look(JUDGED_AFTER_MS)
  }

  function settle(submitted: boolean): void {
    look()
    if (submitted && attempt) advance(attempt, SUBMITTED)
    attempt = undefined
  }

  return {
    totals() {
      const [furthest] = [...forms.values()].sort(
        (a, b) => b.stage - a.stage || Number(b === latest) - Number(a === latest),
      )
      if (!furthest) return {}
      const { id, stage, last_field, autofilled, fields } = furthest
      return {
        form: { id, state: FORM_STATES[stage] ?? 'viewed', autofilled, last_field, fields_touched: fields.size },
      }
    },
    leave(left) {
      // `form.submit()` fires no event, yet the page is left at once; a route that replaces the form was led to by it.
      if (attempt) settle(kind > CLICKED || (left && page.now() - triedAt <= JUDGED_AFTER_MS))
    },
    on: {
      keydown({ key, isComposing }, at, path) {
        // Filling in, some browsers report a key that has no name.
        if (key) typedAt = at
        if (key === 'Enter' && !isComposing && (path[0] as Element).matches('input')) tried(PRESSED, path, at)
      },
      paste(_event, at) {
        typedAt = at
      },
      input: entered,
      change: entered,
      click(_event, at, path) {
        if (find(path, SUBMITS)) tried(PRESSED, path, at)
        else if (!find(path, AIMED)) tried(CLICKED, path, at)
      },
      submit(event, at, path) {
        if (event !== refused) tried(SENT, path, at)
      },
      invalid: () => settle(false),
    },
    now: {
      submit(event, _at, path) {
        // Where the browser does not check, what it finds wrong shows that the page will refuse it too. A page may empty the form at once.
        if ((path[0] as Element).matches(':invalid')) refused = event
      },
    },
  }
}

function groupOf(element: Element): Element | null {
  const { form } = element as Partial<HTMLInputElement>
  const group = form ?? element.closest(GROUP)
  return element.closest(UNMEASURED) || group?.closest(UNMEASURED) ? null : group
}

/** @returns the field's own name where it says nothing about a person, else its mark or its place. */
function fieldName(field: Element): string {
  const name = !field.hasAttribute('data-inkling') && field.getAttribute('name')
  return name && toName(name) === name ? name : nameOf(field)
}
