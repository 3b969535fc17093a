/** What a message says about a person's behaviour: Message → Signal. */
import { DEVICE_KINDS, ENGAGEMENT_MEASURED, LIST_LIMITS } from '../../browser-plugin/signals.ts'
import { type CartAct, MAX_CART_LINES, type Product, toLine, toProduct } from './cart.ts'
import { amount, clip, link, object, objects, text } from './fields.ts'
import { type Fields, type Message, PERMISSION_READ } from './message.ts'
import { type PageTotals, toTotals } from './page-view.ts'

/** The state of a form on a page view. */
export interface FormProgress {
  readonly id: string
  readonly state: 'viewed' | 'started' | 'engaged' | 'submitted'
  readonly lastField?: string
  readonly fieldsTouched: number
}

/** How a page view ended; `internal` and `reload` are no exits at all. */
export type ExitKind = 'internal' | 'outbound' | 'reload' | 'close' | 'hidden' | 'unknown'
const EXIT_KINDS: readonly ExitKind[] = ['internal', 'outbound', 'reload', 'close', 'hidden', 'unknown']

/** Why somebody must be left in peace. */
export type Silence = 'unsubscribed' | 'complained' | 'bounced'

export interface EngagementSignal {
  readonly kind: 'engagement'
  readonly pageViewId: string
  readonly pageType: string | undefined
  readonly totals: PageTotals
  /** 0–1: how sure it is that a program drives the page. */
  readonly automation: number
  readonly device: string | undefined
  readonly form: FormProgress | undefined
  readonly exit: ExitKind | undefined
  /** Files, by name. */
  readonly downloads: readonly string[]
  /** The visitor's own hour, 0–23. */
  readonly localHour: number | undefined
}

export interface CartSignal {
  readonly kind: 'cart'
  readonly act: CartAct
  readonly checkout: boolean
  readonly currency?: string
  /** An order's value, in its currency. */
  readonly value?: number
}

export type Signal =
  | { readonly kind: 'page_viewed'; readonly pageType: string | undefined }
  | EngagementSignal
  | { readonly kind: 'product_viewed'; readonly product: Product }
  | CartSignal
  | { readonly kind: 'feature_used'; readonly feature: string }
  | { readonly kind: 'downloaded'; readonly file: string }
  | { readonly kind: 'silenced'; readonly silence: Silence }
  /** What a platform says when asked; `reason` says why not. */
  | {
      readonly kind: 'permission_read'
      readonly platform: string
      readonly mayEmail: boolean
      readonly reason: string | undefined
    }
  /** Any other track event: it may earn points and be asked for by a condition. */
  | { readonly kind: 'event' }
  | { readonly kind: 'none' }

export const NO_SIGNAL: Signal = { kind: 'none' }
const PLAIN_EVENT: Signal = { kind: 'event' }

/** E-mail tools write these into Segment. */
const SILENCES: ReadonlyMap<string, Silence> = new Map([
  ['Unsubscribed', 'unsubscribed'],
  ['Email Marked as Spam', 'complained'],
  ['Email Bounced', 'bounced'],
])
/** They write these too. Something lies in a mailbox, or is looked at there: nobody has been to the site. */
const IN_THE_MAILBOX = new Set(['Email Delivered', 'Email Opened'])
const CART_ADDED = new Set(['Product Added', 'Wishlist Product Added to Cart'])
const CART_LISTED = new Set(['Cart Viewed', 'Checkout Started'])

/** @param event - the name today's spec has for its event; undefined for what is no track call. */
export function toSignal(message: Message, event: string | undefined): Signal {
  if (message.type === 'page' || message.type === 'screen') return pageViewed(message)
  if (event === undefined) return NO_SIGNAL
  const { properties } = message
  if (event === ENGAGEMENT_MEASURED) return toEngagement(message)
  const silence = SILENCES.get(event)
  if (silence !== undefined) return { kind: 'silenced', silence }
  if (IN_THE_MAILBOX.has(event)) return { kind: 'none' }
  if (event === PERMISSION_READ) return permissionIn(properties)
  if (event === 'Product Viewed') {
    const product = toProduct(properties)
    return product ? { kind: 'product_viewed', product: withPage(product, message) } : PLAIN_EVENT
  }
  if (event === 'Feature Used')
    return { kind: 'feature_used', feature: text(properties['feature']) ?? text(properties['name']) ?? 'feature' }
  if (event === 'File Downloaded')
    return {
      kind: 'downloaded',
      file: text(properties['file']) ?? text(properties['name']) ?? text(properties['title']) ?? 'a file',
    }
  return toCart(event, message) ?? PLAIN_EVENT
}

function permissionIn({ platform, may_email: mayEmail, reason }: Message['properties']): Signal {
  const name = clip(platform, 20)
  if (name === undefined || typeof mayEmail !== 'boolean') return { kind: 'none' }
  return { kind: 'permission_read', platform: name, mayEmail, reason: clip(reason, 40) }
}

function toCart(event: string, { properties }: Message): CartSignal | undefined {
  const act = cartAct(event, properties)
  if (act === undefined) return undefined
  const currency = text(properties['currency'])?.slice(0, 3)
  const value = amount(properties['revenue']) ?? amount(properties['total']) ?? amount(properties['value'])
  return {
    kind: 'cart',
    act,
    checkout: event === 'Checkout Started',
    ...(currency !== undefined && { currency }),
    ...(value !== undefined && { value }),
  }
}

function cartAct(event: string, properties: Message['properties']): CartAct | undefined {
  if (event === 'Order Completed') return { kind: 'ordered' }
  if (CART_ADDED.has(event) || event === 'Product Removed') {
    const line = toLine(properties)
    return line && { kind: event === 'Product Removed' ? 'removed' : 'added', line }
  }
  if (!CART_LISTED.has(event)) return undefined
  // A message that does not list the products leaves the cart as it was known.
  if (!Array.isArray(properties['products'])) return { kind: 'touched' }
  return {
    kind: 'listed',
    lines: objects(properties['products'], MAX_CART_LINES).flatMap(fields => toLine(fields) ?? []),
  }
}

function toEngagement(message: Message): Signal {
  const { properties } = message
  const pageViewId = text(properties['pageview_id'])
  if (pageViewId === undefined) return NO_SIGNAL
  const device = object(properties['device'])['kind']
  const exit = object(properties['exit'])['kind']
  const localHour = amount(properties['local_hour'])
  return {
    kind: 'engagement',
    pageViewId,
    totals: toTotals(properties),
    automation: automationOf(message),
    downloads: filesIn(objects(properties['downloads'], LIST_LIMITS.videos)),
    pageType: pageTypeIn(properties),
    device: device === undefined ? undefined : DEVICE_KINDS.find(kind => kind === device),
    form: toForm(properties),
    exit: exit === undefined ? undefined : EXIT_KINDS.find(kind => kind === exit),
    localHour: localHour !== undefined && localHour < 24 ? Math.floor(localHour) : undefined,
  }
}

const NO_FILES: readonly string[] = []

function filesIn(downloads: readonly Fields[]): readonly string[] {
  return downloads.length === 0 ? NO_FILES : downloads.flatMap(entry => text(entry['file']) ?? [])
}

const FORM_STATES = ['viewed', 'started', 'engaged', 'submitted'] as const

function toForm(properties: Message['properties']): FormProgress | undefined {
  const form = object(properties['form'])
  if (form['state'] === undefined) return undefined
  const state = FORM_STATES.find(known => known === form['state'])
  if (state === undefined) return undefined
  const lastField = text(form['last_field'])
  return {
    id: text(form['id']) ?? 'form',
    state,
    fieldsTouched: Math.min(amount(form['fields_touched']) ?? 0, 999),
    ...(lastField !== undefined && { lastField }),
  }
}

/** How much each flag says on its own, 0–1. The first two are decisive, the others add up. */
const AUTOMATION_WEIGHTS: ReadonlyMap<string, number> = new Map([
  ['webdriver', 1],
  ['untrusted', 1],
  ['teleport', 0.5],
  ['straight', 0.5],
  ['metronome', 0.5],
  ['no_pointer', 0.3],
])

function automationOf({ properties }: Message): number {
  const flags = object(properties['automation'])
  let sum = 0
  for (const flag in flags) if (flags[flag] === true) sum += AUTOMATION_WEIGHTS.get(flag) ?? 0
  return Math.min(sum, 1)
}

/** Page types are a site's own words, and short. */
function pageTypeIn(properties: Message['properties']): string | undefined {
  return clip(properties['page_type'], 24)
}

function pageViewed({ properties }: Message): Signal {
  return { kind: 'page_viewed', pageType: pageTypeIn(properties) }
}

/** A product seen on a page without its own `url` is at that page. */
function withPage(product: Product, { context }: Message): Product {
  const url = product.url ?? link(context.page.url)
  return url === undefined ? product : { ...product, url }
}
