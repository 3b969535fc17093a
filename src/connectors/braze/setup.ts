/** Says what Braze has to allow, and how a marketer builds there what no API of Braze can make. Makes nothing. */
import { outcomeOf, type RequestDeps, send } from '../request.ts'
import { checkedKey, checkedUrl } from '../setting-error.ts'
import { FLOWS, type SetupOptions, type Step, type ValueType, type Wanted } from '../setup.ts'
import { wordsOf } from './map.ts'
import type { BrazeSettings } from './settings.ts'

const TYPES: Readonly<Record<ValueType, string>> = { number: 'Number', text: 'String', time: 'Time' }

/** @throws {SettingError} when the key or the endpoint cannot be right. */
export async function* setUpBraze(
  settings: BrazeSettings,
  wanted: Wanted,
  deps: SetupOptions & RequestDeps,
): AsyncGenerator<Step> {
  yield await checkKey(settings, deps)
  yield { kind: 'told', text: attributesOf(wanted) }
  yield { kind: 'told', text: eventsOf(wanted) }
  yield { kind: 'told', text: recipe() }
}

/**
 * Asks Braze to record nothing at all. It refuses that (400), and before it looks at a request it looks at the key: so a
 * refusal of the request is a key and an endpoint that are right.
 */
async function checkKey(settings: BrazeSettings, deps: RequestDeps): Promise<Step> {
  const apiKey = checkedKey('BRAZE_API_KEY', settings.apiKey)
  const baseUrl = checkedUrl('BRAZE_REST_ENDPOINT', settings.baseUrl)
  const what = `key with the permission users.track, at ${baseUrl}`
  const reply = await send(
    {
      method: 'POST',
      url: `${baseUrl}/users/track`,
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${apiKey}` },
      body: '{}',
      answers: 'json',
    },
    deps,
  )
  const isSpoken = reply.kind === 'answered' && reply.body.kind === 'json'
  if (isSpoken && (reply.status === 400 || reply.status === 201)) return { kind: 'there', what }
  const outcome = outcomeOf(reply, { words: wordsOf, secrets: [apiKey] })
  return { kind: 'failed', what, why: outcome.kind === 'delivered' ? 'an answer without sense' : outcome.reason }
}

function attributesOf({ traits }: Wanted): string {
  const rows = traits.map(({ name, type }) => `  ${name.padEnd(30)} ${TYPES[type]}`)
  return `Custom attributes (Data Settings > Custom Attributes). Each takes its type from its first value; set those of the type
String by hand, so that a text that looks like a date does not make it a date:\n\n${rows.join('\n')}`
}

function eventsOf({ moments }: Wanted): string {
  const rows = moments.map(({ name, properties }) => `  ${name}\n    ${properties.map(one => one.name).join(', ')}`)
  return `Custom events with their properties (Data Settings > Custom Events). None may be blocklisted; each shows there once
it came:\n\n${rows.join('\n')}`
}

function recipe(): string {
  const { cart, pricing, levels } = FLOWS
  return `Canvases (Messaging > Canvas > Create Canvas). For each: entry schedule Action-Based, action Perform Custom Event:

  ${cart.name}
    entry: ${cart.moment}; re-entry after 1 day; exit on your order event
    message, delay of 1 day, message: {{context.\${cart_last_item}}}, {{context.\${cart_value}}}
  ${pricing.name}
    entry: ${pricing.moment}; re-entry after 7 days; exit on your order event
    message: {{context.\${page_title}}}
  ${levels.name}
    entry: ${levels.moment}; re-entry after 1 day
    action path or audience split: {{context.\${level}}} equals high, or else

Braze recognises no repeats: let re-entry wait, as above. docs/braze.md has the rest.`
}
