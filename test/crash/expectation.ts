/** What the platform must know of a person in the end, worked out from what they did and from nothing of the service. */
import type { Act, Person } from './people.ts'

export interface Expectation {
  /** The value a trait has in the end; undefined: it is not there. */
  readonly traits: Readonly<Record<string, string | number | undefined>>
  /** How often each event is recorded, but for the cart's. */
  readonly events: Readonly<Record<string, number>>
  readonly ordered: boolean
  /** What the cart was worth after each act on it. */
  readonly cartValues: readonly number[]
}

const MEDIUM = 'Engagement Level Reached: medium'
const HIGH = 'Engagement Level Reached: high'
/** The default of `pricingIntent.dwell`. */
const PRICING_MS = 90_000

export function expectationOf({ acts }: Person): Expectation {
  const carts = cartsAfter(acts)
  const cart = carts.at(-1) ?? []
  const ordered = acts.at(-1)?.kind === 'ordered'
  const lastAdded = acts.findLast(act => act.kind === 'added')
  const measured = acts.filter(act => act.kind === 'measured')
  const longest = new Map<string, number>()
  for (const { page, activeMs } of measured) longest.set(page, activeMs)
  const spentMs = [...longest.values()].reduce((sum, ms) => sum + ms, 0)
  const intent = measured.some(({ pageType, activeMs }) => pageType === 'pricing' && activeMs >= PRICING_MS)
  // A level reached by somebody nobody knows yet waits for a name, and gives way to a higher one that comes before it.
  const known = acts.findLastIndex(act => act.kind === 'identified')
  const higher = acts.findIndex(act => act.kind === 'measured')
  return {
    ordered,
    cartValues: carts.map(worthOf),
    events: {
      [MEDIUM]: higher === -1 || higher > known ? 1 : 0,
      [HIGH]: measured.length > 0 ? 1 : 0,
      'Pricing Intent Detected': intent ? 1 : 0,
    },
    traits: {
      cart_value: ordered ? undefined : worthOf(cart),
      cart_item_count: ordered ? undefined : cart.reduce((sum, { quantity }) => sum + quantity, 0),
      cart_last_item: ordered ? undefined : cart.at(-1)?.id,
      last_product: lastAdded?.product.id,
      level: measured.length > 0 ? 'high' : 'medium',
      time_spent_s: Math.round(spentMs / 1000),
      last_page: measured.at(-1)?.page,
    },
  }
}

interface Line {
  readonly id: string
  readonly price: number
  readonly quantity: number
}

/** The cart after each act that changed it; a product put in again keeps its place. */
function cartsAfter(acts: readonly Act[]): readonly (readonly Line[])[] {
  const carts: (readonly Line[])[] = []
  for (const act of acts) {
    if (act.kind !== 'added') continue
    const { product, quantity } = act
    const lines = carts.at(-1) ?? []
    const known = lines.some(({ id }) => id === product.id)
    carts.push(
      known
        ? lines.map(line => (line.id === product.id ? { ...line, quantity: line.quantity + quantity } : line))
        : [...lines, { ...product, quantity }],
    )
  }
  return carts
}

function worthOf(lines: readonly Line[]): number {
  return Math.round(lines.reduce((sum, { price, quantity }) => sum + price * 100 * quantity, 0)) / 100
}
