/**
 * Writes `catalog/tracking-plan.json`, what the plugin sends as rules for Segment's Protocols, from `signals.ts` and from the
 * words of docs/plugin.md: `npm run catalog:plan`.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  DEVICE_KINDS,
  ENGAGEMENT_MEASURED,
  type EngagementProperties,
  EXIT_KINDS,
  FORM_STATES,
  LIST_LIMITS,
  MAX_NAME_LENGTH,
  SUMMARY_REASONS,
} from '../src/browser-plugin/signals.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
export const PLAN: string = join(root, 'catalog/tracking-plan.json')

/** What holds for a value of the type: the compiler refuses a rule that does not fit `signals.ts`, and a missing one. */
type Rule<T> = [T] extends [boolean]
  ? { readonly type: 'boolean' }
  : [T] extends [number]
    ? { readonly type: 'number' | 'integer'; readonly minimum: number; readonly maximum?: number }
    : [T] extends [string]
      ? { readonly type: 'string' } & (string extends T
          ? { readonly maxLength?: number }
          : { readonly enum: readonly T[] })
      : T extends readonly (infer Item)[]
        ? { readonly type: 'array'; readonly maxItems: number; readonly items: Rule<Item> }
        : { readonly type: 'object'; readonly properties: Rules<T> }

/** A property that may be missing is marked so. */
type Rules<T> = {
  readonly [K in keyof T]-?: object extends Pick<T, K> ? { readonly maybe: Rule<NonNullable<T[K]>> } : Rule<T[K]>
}

const share = { type: 'number', minimum: 0, maximum: 1 } as const
const amount = { type: 'number', minimum: 0 } as const
const count = { type: 'integer', minimum: 0 } as const
const ms = count
const text = { type: 'string' } as const
const name = { type: 'string', maxLength: MAX_NAME_LENGTH } as const
const yes = { maybe: { type: 'boolean' } } as const

const PROPERTIES: Rules<EngagementProperties> = {
  pageview_id: text,
  sequence: { type: 'integer', minimum: 1 },
  reason: { type: 'string', enum: SUMMARY_REASONS },
  // A site may use words of its own.
  page_type: { maybe: name },
  active_ms: ms,
  visible_ms: ms,
  scroll_depth: share,
  scrollable: { type: 'boolean' },
  screens_seen: { maybe: amount },
  scroll_velocity: amount,
  time_to_first_interaction_ms: { maybe: ms },
  hovers: list(LIST_LIMITS.hovers, { element: name, ms, count: { type: 'integer', minimum: 1 } }),
  clicks: list(LIST_LIMITS.clicks, { element: name, at_ms: ms }),
  rage_clicks: count,
  dead_clicks: count,
  outbound_clicks: count,
  downloads: list(LIST_LIMITS.downloads, { file: name, at_ms: ms }),
  copies: count,
  form: {
    maybe: {
      type: 'object',
      properties: {
        id: name,
        state: { type: 'string', enum: FORM_STATES },
        autofilled: yes,
        last_field: { maybe: name },
        fields_touched: count,
      },
    },
  },
  videos: list(LIST_LIMITS.videos, { id: name, watched_ms: ms, percent: { maybe: share } }),
  sections: list(LIST_LIMITS.sections, { id: name, visible_ms: ms }),
  exit: { maybe: { type: 'object', properties: { kind: { type: 'string', enum: EXIT_KINDS } } } },
  automation: {
    type: 'object',
    properties: { webdriver: yes, untrusted: yes, teleport: yes, straight: yes, no_pointer: yes, metronome: yes },
  },
  device: {
    type: 'object',
    properties: { kind: { type: 'string', enum: DEVICE_KINDS }, touch: { type: 'boolean' } },
  },
  local_hour: { type: 'integer', minimum: 0, maximum: 23 },
  time_zone: text,
}

function list<const Properties>(maxItems: number, properties: Properties) {
  return { type: 'array', maxItems, items: { type: 'object', properties } } as const
}

/** The plan as the body of Segment's request that writes rules. */
export function trackingPlan(): object {
  const jsonSchema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'object',
    description:
      'Running totals of one page view, sent by the plugin of Inkling. A later message replaces an earlier one.',
    properties: {
      context: {},
      traits: {},
      properties: toSchema({ type: 'object', properties: PROPERTIES }, meanings()),
    },
    required: ['properties'],
  }
  return { rules: [{ type: 'TRACK', key: ENGAGEMENT_MEASURED, version: 1, jsonSchema }] }
}

interface AnyRule {
  readonly type: string
  readonly properties?: Readonly<Record<string, AnyRule | { readonly maybe: AnyRule }>>
  readonly items?: AnyRule
}

/** A rule as JSON Schema says it: what must be there stands in a list of its own. */
function toSchema(rule: AnyRule, meaning: ReadonlyMap<string, string> = new Map()): object {
  if (rule.items !== undefined) return { ...rule, items: toSchema(rule.items) }
  if (rule.properties === undefined) return rule
  const members = Object.entries(rule.properties).map(([key, marked]) => {
    const sometimes = 'maybe' in marked
    const description = described(key, meaning.get(key))
    return { key, sometimes, schema: { ...description, ...toSchema(sometimes ? marked.maybe : marked) } }
  })
  const required = members.filter(({ sometimes }) => !sometimes).map(({ key }) => key)
  return {
    ...rule,
    properties: Object.fromEntries(members.map(({ key, schema }) => [key, schema])),
    ...(required.length > 0 && { required }),
  }
}

/** A time has its unit in its name, and says it in words too. */
function described(key: string, meaning?: string): { readonly description?: string } {
  const unit = /(^|_)ms$/.test(key) ? 'Milliseconds, in steps of 25.' : undefined
  const description = [meaning, unit].filter(part => part !== undefined).join(' ')
  return description === '' ? {} : { description }
}

/** What docs/plugin.md says of each property. */
function meanings(): ReadonlyMap<string, string> {
  const rows = readFileSync(join(root, 'docs/plugin.md'), 'utf8').matchAll(
    /^\| `(\w+)` \| (?:always|sometimes) \| (.+) \|$/gm,
  )
  return new Map([...rows].map(([, key = '', meaning = '']) => [key, meaning.replaceAll('`', '')]))
}

/** The plan as it stands in its file. */
export function planText(): string {
  return `${JSON.stringify(trackingPlan(), null, 2)}\n`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(PLAN, planText())
