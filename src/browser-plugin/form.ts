import { nameOf, toName } from './element-name.ts'
import { targetOf } from './link.ts'
import { FORM_STATES } from './signals.ts'
import { createStopwatch, type Stopwatch } from './stopwatch.ts'
import type { Tracker, View } from './view.ts'

/** So many fields, or so long within them, is engagement. */
const ENGAGED_FIELDS = 2
const ENGAGED_MS = 5000
/** What the visitor enters comes this soon after a key or a paste; otherwise the browser filled it in. ms */
const TYPED_WITHIN_MS = 50
/** A form that is still there and complains of nothing after this was taken; a page left within it was left by it. ms */
const JUDGED_AFTER_MS = 1000
/** Without a `submit` event, a form that disappears within so many looks was taken. */
const MAX_LOOKS = 5
const MAX_FORMS = 20

const FIELD = 'input:not([type=submit],[type=button],[type=image],[type=reset]),select,textarea,[contenteditable]'
const GROUP = 'form,fieldset,[role=form],dialog,[role=dialog]'
/** The visitor's own business, and questions to the site rather than answers. */
const UNMEASURED = '[data-private],[role=search],[type=search]'
/** Outside a form each button is of type `submit`, so there it has to say so. */
const SUBMITS = '[type=submit],[type=image],form button:not([type])'

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
  readonly focused: Stopwatch
  group: Element
  stage: number
  last_field?: string
  autofilled?: boolean
}

interface Attempt {
  readonly form: Form
  readonly kind: number
  readonly at: number
  looks: number
}

/**
 * Follows how far the visitor came with each form, or group of fields without one; each step is told at once. Which field
 * was the last is known by its name; what stands in it is never read.
 */
export function trackForm({ page, emit }: View): Tracker {
  const forms = new Map<string, Form>()
  let latest: Form | undefined
  let typedAt = 0
  let attempt: Attempt | undefined
  // The visitor's page may answer in its own time: a form that was pressed is looked at again until it has gone.
  const look = page.timer(() => {
    if (!attempt) return
    const { kind, form } = attempt
    const gone = !form.group.getClientRects().length
    if (kind === SENT) settle(gone || !form.group.querySelector('[aria-invalid=true]'))
    else if (kind === CLICKED || gone || ++attempt.looks >= MAX_LOOKS) settle(kind === PRESSED && gone)
    else look(JUDGED_AFTER_MS)
  })

  function formOf(element: Element | undefined): Form | undefined {
    const group = element && groupOf(element)
    if (!group) return undefined
    const id = nameOf(group)
    const form = forms.get(id) ?? { id, fields: new Set(), focused: createStopwatch(), group, stage: 0 }
    form.group = group
    if (forms.size < MAX_FORMS) forms.set(id, form)
    return form
  }

  function advance(form: Form, stage: number): void {
    if (stage <= form.stage) return
    form.stage = stage
    emit(stage === SUBMITTED ? 'decisive' : stage === ENGAGED ? 'strong' : 'notable')
  }

  /** Told only of what a person or the browser entered. */
  function entered(form: Form, field: Element, at: number): void {
    latest = form
    // The list forgives the name it does not know.
    if (at - typedAt > TYPED_WITHIN_MS && field.matches(':is(:autofill,:-webkit-autofill)')) form.autofilled = true
    else {
      form.last_field = fieldName(field)
      form.fields.add(form.last_field)
      const engaged = form.fields.size >= ENGAGED_FIELDS || form.focused.total(at) >= ENGAGED_MS
      advance(form, engaged ? ENGAGED : STARTED)
    }
  }

  function tried(kind: number, element: Element, at: number): void {
    const form = formOf(element)
    if (!form || !isBegun(form) || form.stage === SUBMITTED) return
    attempt = { form, kind, at, looks: 0 }
    look(JUDGED_AFTER_MS)
  }

  function settle(submitted: boolean): void {
    look()
    if (submitted && attempt) advance(attempt.form, SUBMITTED)
    attempt = undefined
  }

  page.listen(
    ['keydown', 'paste', 'input', 'change', 'focusin', 'focusout', 'click', 'submit', 'invalid'],
    (event, at) => {
      const { type, isTrusted } = event
      const target = targetOf(event)
      if (!isTrusted || !target) return
      const field = target.matches(FIELD)
      if (type === 'keydown' || type === 'paste') {
        const { key, isComposing } = event as KeyboardEvent
        // Filling in, some browsers report a key that has no name.
        if (key !== '') typedAt = at
        if (key === 'Enter' && !isComposing && field && target.matches('input')) tried(PRESSED, target, at)
      } else if (type === 'click') {
        // Into a field goes who means to fill it in, also right before leaving.
        if (!target.closest(`a[href],label,${FIELD}`)) tried(target.closest(SUBMITS) ? PRESSED : CLICKED, target, at)
      } else if (type === 'submit') {
        // Where the browser does not check, what it finds wrong shows that the page will refuse it too.
        if (!target.matches(':invalid')) tried(SENT, target, at)
      } else if (type === 'invalid') settle(false)
      else if (field) {
        const form = formOf(target)
        if (!form) return
        if (type === 'focusin') form.focused.start(at)
        else if (type === 'focusout') form.focused.stop(at)
        else entered(form, target, at)
      }
    },
  )
  page.onVisibility(visible => {
    if (!visible) for (const { focused } of forms.values()) focused.stop(page.now())
  })

  return {
    totals() {
      const seen = [...forms.values()].filter(isBegun)
      const [furthest] = seen.sort((a, b) => b.stage - a.stage || Number(b === latest) - Number(a === latest))
      if (!furthest) return {}
      const { id, stage, last_field, autofilled, fields } = furthest
      return {
        form: { id, state: FORM_STATES[stage] ?? 'viewed', autofilled, last_field, fields_touched: fields.size },
      }
    },
    end(left) {
      // `form.submit()` fires no event, yet the page is left at once; a route that replaces the form was led to by it.
      if (attempt) settle(attempt.kind > CLICKED || (left && page.now() - attempt.at <= JUDGED_AFTER_MS))
    },
  }
}

function groupOf(element: Element): Element | null {
  const { form } = element as Partial<HTMLInputElement>
  const group = form ?? element.closest(GROUP)
  return element.closest(UNMEASURED) || group?.closest(UNMEASURED) ? null : group
}

/** Something stands in it, by whoever's hand; that a field had the focus says nothing. */
function isBegun({ stage, autofilled }: Form): boolean {
  return stage > 0 || autofilled === true
}

/** @returns the field's own name where it says nothing about a person, else its mark or its place. */
function fieldName(field: Element): string {
  const name = !field.hasAttribute('data-inkling') && field.getAttribute('name')
  return name && toName(name) === name ? name : nameOf(field)
}
