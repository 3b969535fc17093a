import { nameOf, toName } from './element-name.ts'
import { openPage, type Page, type Stop, together } from './page.ts'
import { type EngagementProperties, FORM_STATES } from './signals.ts'
import { createStopwatch, type Stopwatch } from './stopwatch.ts'
import type { Weight } from './threshold.ts'

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
/** Forgives the name it does not know. */
const AUTOFILLED = ':is(:autofill,:-webkit-autofill)'

export interface FormTracker {
  totals(): Pick<EngagementProperties, 'form'>
  /** The view ends; `left` when the page does. A form being submitted then has been. */
  end(left: boolean): void
  readonly stop: Stop
}

interface Form {
  readonly id: string
  readonly fields: Set<string>
  readonly focused: Stopwatch
  group: Element
  /** The place in `FORM_STATES`. */
  stage: number
  lastField?: string
  autofilled?: boolean
}

/** How likely the visitor is submitting: they clicked inside; pressed what submits; the browser itself said so. */
type Attempt = { readonly form: Form; readonly kind: 'click' | 'press' | 'submit'; readonly at: number }

/**
 * Follows how far the visitor came with each form, or group of fields without one. Which field was the last is known by
 * its name; what stands in it is never read.
 *
 * @param emit - called when a form is started, engaged or submitted.
 */
export function trackForm(emit: (weight: Weight) => void, page: Page = openPage()): FormTracker {
  const forms = new Map<string, Form>()
  let latest: Form | undefined
  let typedAt = 0
  let attempt: Attempt | undefined
  let cancelLook: Stop | undefined

  function formOf(group: Element): Form | undefined {
    const id = nameOf(group)
    const known = forms.get(id)
    if (!known && forms.size >= MAX_FORMS) return undefined
    const form = known ?? { id, fields: new Set(), focused: createStopwatch(), group, stage: 0 }
    form.group = group
    return form
  }

  function advance(form: Form, stage: number): void {
    forms.set(form.id, form)
    if (stage <= form.stage) return
    form.stage = stage
    emit(stage === 3 ? 'decisive' : stage === 2 ? 'strong' : 'notable')
  }

  /** Told only of what a person or the browser entered. */
  function entered(form: Form, field: Element, at: number): void {
    latest = form
    if (field.matches(AUTOFILLED) && at - typedAt > TYPED_WITHIN_MS) {
      form.autofilled = true
      forms.set(form.id, form)
    } else {
      form.lastField = fieldName(field)
      form.fields.add(form.lastField)
      advance(form, form.fields.size >= ENGAGED_FIELDS || form.focused.total(at) >= ENGAGED_MS ? 2 : 1)
    }
  }

  function tried(kind: Attempt['kind'], group: Element | null, at: number): void {
    const form = group && forms.get(nameOf(group))
    if (!form || !isBegun(form) || form.stage === 3) return
    form.group = group
    attempt = { form, kind, at }
    cancelLook?.()
    look(1)
  }

  /** The visitor's page may answer in its own time: a form that was pressed is looked at again until it has gone. */
  function look(count: number): void {
    cancelLook = page.after(JUDGED_AFTER_MS, () => {
      if (!attempt) return
      const { kind, form } = attempt
      if (kind === 'submit' ? !complains(form.group) : kind === 'press' && isGone(form.group)) settle(true)
      else if (kind === 'press' && count < MAX_LOOKS) look(count + 1)
      else settle(false)
    })
  }

  function settle(submitted: boolean): void {
    cancelLook?.()
    const form = attempt?.form
    attempt = undefined
    if (submitted && form) advance(form, 3)
  }

  const stop = together(
    page.listen(['keydown', 'paste'], event => {
      if (!event.isTrusted) return
      // Filling in, some browsers report a key that has no name.
      if (!('key' in event) || event.key) typedAt = event.timeStamp
      const field = fieldOf(event)
      if (field?.matches('input') && 'key' in event && event.key === 'Enter' && !event.isComposing)
        tried('press', groupOf(field), event.timeStamp)
    }),
    page.listen(['input', 'change', 'focusin', 'focusout'], event => {
      const field = event.isTrusted && fieldOf(event)
      const group = field && groupOf(field)
      const form = group && formOf(group)
      if (!form) return
      if (event.type === 'focusin') {
        forms.set(form.id, form)
        form.focused.start(event.timeStamp)
      } else if (event.type === 'focusout') form.focused.stop(event.timeStamp)
      else entered(form, field, event.timeStamp)
    }),
    page.onVisibility(visible => {
      if (!visible) for (const { focused } of forms.values()) focused.stop(page.now())
    }),
    page.listen(['click'], event => {
      const target = targetOf(event)
      // Into a field goes who means to fill it in, also right before leaving.
      if (!event.isTrusted || !target || target.closest(`a[href],label,${FIELD}`)) return
      tried(target.closest(SUBMITS) ? 'press' : 'click', groupOf(target), event.timeStamp)
    }),
    page.listen(['submit'], event => {
      const group = targetOf(event)
      // Where the browser does not check, what it finds wrong shows that the page will refuse it too.
      if (event.isTrusted && group) tried('submit', group.matches(':invalid') ? null : group, event.timeStamp)
    }),
    page.listen(['invalid'], () => settle(false)),
  )

  return {
    totals() {
      const seen = [...forms.values()].filter(isBegun)
      const furthest = seen.sort((a, b) => b.stage - a.stage || Number(b === latest) - Number(a === latest))[0]
      if (!furthest) return {}
      const { id, stage, lastField, autofilled, fields } = furthest
      return {
        form: {
          id,
          state: FORM_STATES[stage] ?? 'viewed',
          autofilled,
          last_field: lastField,
          fields_touched: fields.size,
        },
      }
    },
    end(left) {
      // `form.submit()` fires no event, yet the page is left at once; a route that replaces the form was led to by it.
      if (attempt) settle(attempt.kind !== 'click' || (left && page.now() - attempt.at <= JUDGED_AFTER_MS))
    },
    stop() {
      cancelLook?.()
      stop()
    },
  }
}

function targetOf(event: Event): Element | undefined {
  return event.composedPath().find(node => node instanceof Element)
}

function fieldOf(event: Event): Element | undefined {
  const target = targetOf(event)
  return target?.matches(FIELD) ? target : undefined
}

function groupOf(element: Element): Element | null {
  const form = 'form' in element && element.form instanceof Element ? element.form : element.closest(GROUP)
  return element.closest(UNMEASURED) || form?.closest(UNMEASURED) ? null : form
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

function complains(group: Element): boolean {
  return !isGone(group) && group.querySelector('[aria-invalid=true]') !== null
}

function isGone(group: Element): boolean {
  return group.getClientRects().length === 0
}
