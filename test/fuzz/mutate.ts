/** Requests that nobody means: sound ones, changed at random in ways that have broken parsers before. The same seed gives the same. */
import type { Random } from '../support/random.ts'

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

const NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'toJSON',
  'then',
  '',
  '\u0000',
  'a'.repeat(1_000),
]
const TEXTS = [
  ...[
    '',
    ' ',
    '\u0000',
    '\ud800',
    '\udfff\ud800',
    '\u202e',
    '<script>alert(1)</script>',
    "'; drop table profile; --",
    '%00',
    '../../etc/passwd',
  ],
  ...[
    'NaN',
    'null',
    'true',
    '1e999',
    '-0',
    '2026-13-45T99:99:99Z',
    '+275760-09-13T00:00:00.001Z',
    '1',
    'x'.repeat(2_000),
  ],
  ...['ajs-next-1', 'log-1-0', 'unlogged-0', 'a@b.co', '+4915112345678', '{{ person.email }}', '\u{1f600}'.repeat(300)],
]
const NUMBERS = [
  0,
  -0,
  1,
  -1,
  0.1,
  1e308,
  -1e308,
  5e-324,
  2 ** 31,
  2 ** 53,
  -(2 ** 53),
  1e21,
  253_402_300_800_000,
  8.64e15 + 1,
]
const TYPES = ['track', 'identify', 'page', 'screen', 'group', 'alias', 'delete', 'Track', 'nothing', '']
/** As text: what no JSON value can say. */
const RAW = [
  '1e400',
  '-1e400',
  '01',
  '.5',
  'NaN',
  'undefined',
  '"\\ud800"',
  '"\\u0000"',
  '{"a":1,"a":2}',
  '{"__proto__":{"x":1}}',
  '[',
  '}',
  '"',
  '\u0000',
  '\ufeff',
]

/** @returns a body made of a sound one. */
export function mutate(sound: Json, random: Random): Buffer {
  let value = sound
  for (let changes = random.between(1, 4); changes > 0; changes -= 1) value = changed(value, random)
  let text = JSON.stringify(value)
  if (random.chance(0.1)) text = withRaw(text, random)
  const bytes = Buffer.from(text)
  if (random.chance(0.05)) return bytes.subarray(0, random.between(0, bytes.length))
  if (random.chance(0.05)) return flipped(bytes, random)
  return bytes
}

/** One place of a value replaced, taken away, doubled or buried. */
function changed(value: Json, random: Random): Json {
  if (Array.isArray(value) && value.length > 0 && random.chance(0.9)) {
    const at = random.between(0, value.length - 1)
    return value.toSpliced(at, 1, changed(value[at] ?? null, random))
  }
  if (isMembers(value) && random.chance(0.9)) {
    const names = Object.keys(value)
    const name = names.length === 0 || random.chance(0.08) ? random.pick(NAMES) : random.pick(names)
    const entries = Object.entries(value).filter(([other]) => other !== name)
    if (random.chance(0.1)) return Object.fromEntries(entries)
    const old = Object.hasOwn(value, name) ? (value[name] ?? null) : null
    return Object.fromEntries([...entries, [name, changed(old, random)]])
  }
  return random.pick([hostile, hostile, nested, repeated])(value, random)
}

function hostile(_value: Json, random: Random): Json {
  const kind = random.between(0, 6)
  if (kind === 0) return random.pick(NUMBERS)
  if (kind === 1) return random.pick([null, true, false])
  if (kind === 2) return random.pick([[], {}, [[]], [null], { a: {} }])
  if (kind === 3) return random.chance(0.02) ? 'y'.repeat(70_000) : random.pick(TYPES)
  return random.pick(TEXTS)
}

function nested(value: Json, random: Random): Json {
  let deep = value
  for (let left = random.pick([2, 63, 64, 65, 500]); left > 0; left -= 1)
    deep = random.chance(0.5) ? [deep] : { a: deep }
  return deep
}

function repeated(value: Json, random: Random): Json {
  // Large ones repeated often would test the memory of the test.
  const isSmall = JSON.stringify(value).length < 50
  return new Array<Json>(isSmall && random.chance(0.1) ? 3_000 : random.pick([2, 12])).fill(value)
}

/** Something that is no JSON value, in the place of one. */
function withRaw(text: string, random: Random): string {
  const places = [...text.matchAll(/(?<=[:[,])(?:"[^"\\]*"|-?\d+|true|false|null)(?=[,\]}])/g)]
  if (places.length === 0) return text + random.pick(RAW)
  const { index, 0: found } = random.pick(places)
  return text.slice(0, index) + random.pick(RAW) + text.slice(index + found.length)
}

function flipped(bytes: Buffer, random: Random): Buffer {
  const changed = Buffer.from(bytes)
  for (let left = random.between(1, 5); left > 0 && changed.length > 0; left -= 1)
    changed[random.between(0, changed.length - 1)] = random.between(0, 255)
  return changed
}

function isMembers(value: Json): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Every kind of call, with the members that mean something. */
export const SOUND: readonly Json[] = [
  {
    type: 'identify',
    userId: 'ada',
    anonymousId: 'b1',
    messageId: 'm1',
    timestamp: '2026-03-01T10:00:00Z',
    traits: { email: 'ada@example.com', phone: '+4915112345678' },
  },
  {
    type: 'page',
    name: 'Pricing',
    anonymousId: 'b1',
    messageId: 'm2',
    properties: { path: '/pricing', url: 'https://shop.example/pricing', title: 'Pricing' },
    context: {
      userAgent: 'Mozilla/5.0',
      timezone: 'Europe/Berlin',
      consent: { categoryPreferences: { marketing: true } },
    },
  },
  {
    ...{ type: 'track', event: 'Engagement Measured', anonymousId: 'b1', messageId: 'm3' },
    properties: {
      ...{
        pageview_id: 'pv',
        sequence: 3,
        reason: 'threshold',
        page_type: 'pricing',
        active_ms: 40_000,
        visible_ms: 50_000,
      },
      ...{
        scroll_depth: 0.8,
        scroll_velocity: 300,
        hovers: [{ element: 'plan', ms: 8_000, count: 2 }],
        clicks: [{ element: 'buy', at_ms: 900 }],
      },
      ...{
        form: { id: 'f', state: 'started', last_field: 'email', fields_touched: 2 },
        videos: [{ id: 'v', watched_ms: 9_000, percent: 0.3 }],
      },
      ...{
        sections: [{ id: 'faq', visible_ms: 3_000 }],
        exit: { kind: 'close' },
        automation: { webdriver: false },
        device: { kind: 'desktop', touch: false },
      },
      ...{ local_hour: 11, time_zone: 'Europe/Berlin', rage_clicks: 0, dead_clicks: 1, copies: 1 },
    },
  },
  {
    type: 'track',
    event: 'Product Added',
    userId: 'ada',
    messageId: 'm4',
    properties: {
      product_id: 'p',
      name: 'Fern',
      price: 19.9,
      quantity: 2,
      category: 'Plants',
      url: 'https://shop.example/p',
    },
  },
  {
    type: 'track',
    event: 'Order Completed',
    userId: 'ada',
    messageId: 'm5',
    properties: {
      order_id: 'o',
      revenue: 40,
      currency: 'EUR',
      products: [{ product_id: 'p', price: 19.9, quantity: 2 }],
    },
  },
  { type: 'alias', userId: 'ada', previousId: 'b1', messageId: 'm6' },
  { type: 'group', userId: 'ada', groupId: 'g', messageId: 'm7', traits: { plan: 'pro' } },
  {
    type: 'delete',
    userId: 'ada',
    messageId: 'm8',
    context: null,
    originalTimestamp: '2020-05-09 23:54:49.209808489 +0000 UTC m=+70366.29',
  },
  { type: 'track', event: 'Email Opened', userId: 'ada', messageId: 'm9', properties: { campaign_name: 'Spring' } },
]
