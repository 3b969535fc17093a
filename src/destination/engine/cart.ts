/** What is in a visitor's cart, as far as the ecommerce messages tell. */
import { amount, link, text } from './fields.ts'
import type { Fields } from './message.ts'
import type { EventTime } from './time.ts'

export interface Product {
  readonly id: string
  readonly name?: string
  readonly url?: string
  readonly imageUrl?: string
  readonly price?: number
  readonly category?: string
}

export interface CartLine extends Product {
  readonly quantity: number
}

export interface Cart {
  /** Oldest first, at most six. */
  readonly lines: readonly CartLine[]
  /** The last act on it, and the message that carried it. */
  readonly changedAt: EventTime
  readonly cause: string
  readonly currency?: string
  /** When the checkout was last started with it; absent before. */
  readonly checkoutAt?: EventTime
  /** When a message last listed the whole of it; absent when none did. What was done before that is in the list. */
  readonly listedAt?: EventTime
}

export type CartAct =
  | { readonly kind: 'added'; readonly line: CartLine }
  | { readonly kind: 'removed'; readonly line: CartLine }
  /** The whole cart as a message listed it. */
  | { readonly kind: 'listed'; readonly lines: readonly CartLine[] }
  /** Looked at, or taken to the checkout, without saying what is in it. */
  | { readonly kind: 'touched' }
  | { readonly kind: 'ordered' }

export const MAX_CART_LINES = 6

/** @returns the product of ecommerce properties, or undefined when nothing names it. */
export function toProduct(properties: Fields): Product | undefined {
  const id = text(properties['product_id']) ?? text(properties['sku']) ?? text(properties['name'])
  if (id === undefined) return undefined
  const name = text(properties['name'])
  const url = link(properties['url'])
  const imageUrl = link(properties['image_url'])
  const price = amount(properties['price'])
  const category = text(properties['category'])
  return {
    id,
    ...(name !== undefined && { name }),
    ...(url !== undefined && { url }),
    ...(imageUrl !== undefined && { imageUrl }),
    ...(price !== undefined && { price }),
    ...(category !== undefined && { category }),
  }
}

export function toLine(properties: Fields): CartLine | undefined {
  const product = toProduct(properties)
  return product && { ...product, quantity: Math.min(amount(properties['quantity']) ?? 1, 1000) }
}

/** @returns the lines after an act; an order empties them. */
export function applyAct(lines: readonly CartLine[], act: CartAct): readonly CartLine[] {
  return linked(linesAfter(lines, act))
}

/**
 * @returns the lines after an act that reached us late: it was done before the last one, whose line stays the last. An
 *   addition counts as any other; a list, a look or an order says nothing any more about a cart that has changed since.
 */
export function applyLateAct(lines: readonly CartLine[], act: CartAct): readonly CartLine[] {
  if (act.kind === 'removed') return linked(linesAfter(lines, act))
  if (act.kind !== 'added') return lines
  const { line } = act
  if (lines.some(({ id }) => id === line.id)) return linked(mergeLine(lines, line, line.quantity))
  return linked(lines.toSpliced(-1, 0, line).slice(-MAX_CART_LINES))
}

/** Only the line put in last keeps its links: it is the one an e-mail shows, and links are most of a cart's bytes. */
export function linked(lines: readonly CartLine[]): readonly CartLine[] {
  return lines.map((line, index) => {
    if (index === lines.length - 1) return line
    const { url: _url, imageUrl: _imageUrl, ...rest } = line
    return rest
  })
}

function linesAfter(lines: readonly CartLine[], act: CartAct): readonly CartLine[] {
  switch (act.kind) {
    case 'added':
      return mergeLine(lines, act.line, act.line.quantity).slice(-MAX_CART_LINES)
    case 'removed':
      return mergeLine(lines, act.line, -act.line.quantity).filter(line => line.quantity > 0)
    case 'listed':
      return act.lines.slice(-MAX_CART_LINES)
    case 'touched':
      return lines
    case 'ordered':
      return []
    default:
      return act satisfies never
  }
}

/** @returns the sum of price × quantity, rounded to cents; lines without a price count nothing. */
export function cartValue(lines: readonly CartLine[]): number {
  return Math.round(lines.reduce((sum, { price = 0, quantity }) => sum + price * quantity, 0) * 100) / 100
}

export function itemCount(lines: readonly CartLine[]): number {
  return lines.reduce((sum, { quantity }) => sum + quantity, 0)
}

function mergeLine(lines: readonly CartLine[], line: CartLine, change: number): readonly CartLine[] {
  const index = lines.findIndex(({ id }) => id === line.id)
  const found = lines[index]
  if (found === undefined) return change > 0 ? [...lines, { ...line, quantity: change }] : lines
  return lines.with(index, { ...found, ...line, quantity: found.quantity + change })
}
