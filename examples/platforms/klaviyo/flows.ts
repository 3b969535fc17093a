/** Flows: the document that makes one, what is refused of it, and how one is shown. */
import type { Answer } from '../exchange.ts'
import { isMembers, type Members } from '../members.ts'
import type { Account } from './account.ts'
import { isoSecond } from './account.ts'
import { anyObject, type Check, list, literal, members, nullable, type Problem, text, truth } from './check.ts'
import { at } from './documents.ts'
import type { Call } from './endpoints.ts'
import { json, refused } from './reply.ts'

export interface KlaviyoFlow {
  readonly id: string
  readonly name: string
  /** Whatever its messages say, a new flow is a draft. */
  readonly status: 'draft' | 'manual' | 'live'
  readonly definition: Members
  /** Epoch ms. */
  readonly createdAt: number
}

const line = nullable(text())
const wholeNumber: Check = (value, pointer) =>
  Number.isInteger(value) ? [] : [{ pointer, detail: 'must be a whole number' }]

const MESSAGE = members({
  from_email: line,
  from_label: line,
  reply_to_email: line,
  cc_email: line,
  bcc_email: line,
  subject_line: line,
  preview_text: line,
  template_id: line,
  smart_sending_enabled: truth,
  transactional: truth,
  add_tracking_params: truth,
  name: line,
})
/** The kinds of actions that are imitated. */
const ACTIONS: Readonly<Record<string, Check>> = {
  'send-email': members({
    temporary_id: text(),
    type: text(),
    links: members({ next: line }),
    data: members({ message: MESSAGE, status: oneOf(['draft', 'manual', 'live', 'disabled']) }),
  }),
  'time-delay': members(
    {
      temporary_id: text(),
      type: text(),
      links: members({ next: line }),
      data: members({ unit: oneOf(['days', 'hours', 'minutes']), value: wholeNumber }, ['value']),
    },
    ['data'],
  ),
  'trigger-split': members({
    temporary_id: text(),
    type: text(),
    links: members({ next_if_true: line, next_if_false: line }, ['next_if_true', 'next_if_false']),
    data: members({ trigger_filter: nullable(anyObject), trigger_id: text(), trigger_type: text() }, [
      'trigger_filter',
      'trigger_id',
      'trigger_type',
    ]),
  }),
}

const DEFINITION = members(
  {
    triggers: list(
      members({ type: literal('metric'), id: text(), trigger_filter: nullable(anyObject) }, ['type', 'id']),
    ),
    profile_filter: nullable(anyObject),
    actions: list((value, pointer) => actionCheck(value)(value, pointer)),
    entry_action_id: text(),
    reentry_criteria: nullable(
      members({ duration: wholeNumber, unit: oneOf(['day', 'hour', 'week', 'alltime']) }, ['duration', 'unit']),
    ),
  },
  ['triggers', 'actions', 'entry_action_id'],
)
const DOCUMENT = members(
  {
    data: members(
      { type: literal('flow'), attributes: members({ name: text(), definition: DEFINITION }, ['name', 'definition']) },
      ['type', 'attributes'],
    ),
  },
  ['data'],
)

function actionCheck(action: unknown): Check {
  const type = isMembers(action) ? action.type : undefined
  const known = typeof type === 'string' && Object.hasOwn(ACTIONS, type) ? ACTIONS[type] : undefined
  return (
    known ??
    ((_, pointer) => [{ pointer: `${pointer}/type`, detail: `'${type}' is not an action the stand-in knows.` }])
  )
}

function oneOf(values: readonly string[]): Check {
  return text(`must be one of ${values.join(', ')}`, value => values.includes(value))
}

export function createFlow({ body, account, base, request }: Call): Answer {
  const problems = DOCUMENT(body, '')
  if (problems.length > 0) return refused(400, problems)
  const { name, definition: asked } = at(at(body, 'data'), 'attributes')
  const definition = isMembers(asked) ? asked : {}
  const astray = strayIn(definition, account)
  if (astray !== undefined) return refused(400, [astray])
  const flow = account.addFlow({ name: String(name), definition, createdAt: request.at })
  return json(201, { data: flowResource(flow, base, { definition: withIds(definition) }) })
}

export function flowResource({ id, name, status, createdAt }: KlaviyoFlow, base: string, more: object = {}): object {
  const created = isoSecond(createdAt)
  return {
    type: 'flow',
    id,
    attributes: { name, status, archived: false, created, updated: created, trigger_type: 'Metric', ...more },
    links: { self: `${base}/api/flows/${id}/` },
  }
}

/** What a definition names and is not there: a metric, an action, a template. */
function strayIn(definition: Members, account: Account): Problem | undefined {
  const where = '/data/attributes/definition'
  const metrics = [...account.metrics(), ...account.foreignMetrics()].map(({ id }) => id)
  const [trigger, ...more] = objectsIn(definition.triggers)
  if (trigger === undefined || more.length > 0)
    return { pointer: `${where}/triggers`, detail: 'Exactly one trigger is supported.' }
  if (!metrics.includes(String(trigger.id)))
    return { pointer: `${where}/triggers/0/id`, detail: `Metric ${trigger.id} does not exist.` }
  const actions = objectsIn(definition.actions)
  const ids = actions.map(action => action.temporary_id)
  if (new Set(ids).size < ids.length || ids.includes(undefined))
    return { pointer: `${where}/actions`, detail: 'Each action needs a temporary_id of its own.' }
  if (!ids.includes(definition.entry_action_id))
    return { pointer: `${where}/entry_action_id`, detail: 'There is no such action.' }
  for (const [index, action] of actions.entries()) {
    const lost = Object.values(at(action, 'links')).find(next => next !== null && !ids.includes(next))
    if (lost !== undefined) return { pointer: `${where}/actions/${index}/links`, detail: `There is no action ${lost}.` }
    // The account has no templates at all.
    const template = at(at(action, 'data'), 'message').template_id
    if (typeof template === 'string')
      return { pointer: `${where}/actions/${index}/data/message/template_id`, detail: 'Template does not exist.' }
  }
  const unknown = [...JSON.stringify(definition).matchAll(/"metric_id":"([^"]*)"/g)].find(
    ([, id = '']) => !metrics.includes(id),
  )
  return unknown === undefined ? undefined : { pointer: where, detail: `Metric ${unknown[1]} does not exist.` }
}

/** The answer names its actions by ids of their own. */
function withIds(definition: Members): object {
  const actions = objectsIn(definition.actions).map(({ temporary_id: id, ...action }) => ({ id: `A-${id}`, ...action }))
  return { ...definition, actions, entry_action_id: `A-${definition.entry_action_id}` }
}

function objectsIn(value: unknown): readonly Members[] {
  return Array.isArray(value) ? value.filter(isMembers) : []
}
