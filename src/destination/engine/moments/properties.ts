/** Which properties each moment carries, and of what type: for platforms where an event must be defined beforehand. */
import type { MomentName } from '../fact.ts'
import type { CustomMoment } from '../policy.ts'

export type PropertyType = 'number' | 'text' | 'time'

/** One name has one type, whichever moment carries it. Times are ISO 8601. */
const TYPES = {
  reason: 'text',
  active_seconds: 'number',
  cart_currency: 'text',
  cart_item_count: 'number',
  cart_items: 'text',
  cart_last_item: 'text',
  cart_last_item_image_url: 'text',
  cart_last_item_price: 'number',
  cart_last_item_url: 'text',
  cart_value: 'number',
  channel: 'text',
  content_level: 'number',
  days_away: 'number',
  dwell_seconds: 'number',
  exit_kind: 'text',
  exit_page_type: 'text',
  exit_page_url: 'text',
  feature: 'text',
  fields_touched: 'number',
  file: 'text',
  first_used_at: 'time',
  form_id: 'text',
  hovered_element: 'text',
  last_field: 'text',
  last_product: 'text',
  last_product_name: 'text',
  last_product_price: 'number',
  last_product_url: 'text',
  level: 'text',
  message: 'text',
  page_title: 'text',
  page_type: 'text',
  page_url: 'text',
  plan: 'text',
  previous_level: 'text',
  product_count: 'number',
  product_id: 'text',
  product_image_url: 'text',
  product_name: 'text',
  product_price: 'number',
  product_url: 'text',
  products: 'text',
  score: 'number',
  scroll_depth_percent: 'number',
  sequence: 'text',
  started_at: 'time',
  started_by: 'text',
  step: 'number',
  step_count: 'number',
  variant_slot: 'text',
  view_count: 'number',
  visit_number: 'number',
} as const satisfies Readonly<Record<string, PropertyType>>
type PropertyName = keyof typeof TYPES

const CART: readonly PropertyName[] = [
  'cart_value',
  'cart_item_count',
  'cart_currency',
  'cart_items',
  'cart_last_item',
  'cart_last_item_url',
  'cart_last_item_image_url',
  'cart_last_item_price',
]
const PAGE: readonly PropertyName[] = ['page_url', 'page_title']
const PRODUCT: readonly PropertyName[] = ['last_product', 'last_product_name']

const CARRIED: Readonly<Record<MomentName, readonly PropertyName[]>> = {
  'Engagement Level Reached': ['level', 'previous_level', 'score', 'page_type', ...PAGE],
  'Pricing Intent Detected': [...PAGE, 'dwell_seconds', 'scroll_depth_percent', 'hovered_element', ...PRODUCT],
  'Content Deep Dive Detected': [...PAGE, 'dwell_seconds', 'scroll_depth_percent'],
  'Repeat Product Interest Detected': [
    'product_id',
    'product_name',
    'product_url',
    'product_image_url',
    'product_price',
    'view_count',
  ],
  'Comparison Detected': ['product_count', 'products', ...PRODUCT, 'last_product_url'],
  'Hesitation Detected': [...PAGE, 'page_type', 'dwell_seconds', 'hovered_element'],
  'Cart Abandoned': CART,
  'Checkout Abandoned': CART,
  'Form Abandoned': ['form_id', 'last_field', 'fields_touched', 'page_url'],
  'Session Exited': ['exit_kind', 'exit_page_url', 'exit_page_type', 'active_seconds', 'level', 'cart_item_count'],
  'Content Downloaded': ['file', ...PAGE],
  'Feature Adoption Stalled': ['feature', 'first_used_at', 'plan'],
  'Re-engaged': ['days_away', 'visit_number', 'level', ...PRODUCT],
  'Sequence Step Due': [
    ...(['sequence', 'step', 'step_count', 'channel', 'content_level', 'message', 'variant_slot'] as const),
    ...(['started_by', 'started_at'] as const),
    ...CART,
    ...PRODUCT,
    'last_product_url',
    'last_product_price',
    ...PAGE,
    'form_id',
    'feature',
  ],
}
const CARRIED_BY_CUSTOM: readonly PropertyName[] = [...PAGE, 'page_type', ...PRODUCT]

export interface MomentProperties {
  readonly name: string
  readonly properties: readonly { readonly name: string; readonly type: PropertyType }[]
}

/** @returns every moment that may fire, the custom ones last, with its properties in the order it carries them. */
export function momentProperties(customMoments: readonly CustomMoment[]): readonly MomentProperties[] {
  const typed = (names: readonly PropertyName[]) =>
    [...names, 'reason' as const].map(name => ({ name, type: TYPES[name] }))
  return [
    ...Object.entries(CARRIED).map(([name, names]) => ({ name, properties: typed(names) })),
    ...customMoments.map(({ name }) => ({ name, properties: typed(CARRIED_BY_CUSTOM) })),
  ]
}
