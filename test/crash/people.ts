/** Who visits in one round and what they do, from a seed. */
import type { Random } from '../support/random.ts'

export interface Product {
  readonly id: string
  readonly price: number
}

export type Act =
  | { readonly kind: 'identified'; readonly browser: string }
  | { readonly kind: 'added'; readonly browser: string; readonly product: Product; readonly quantity: number }
  /** Running totals of one page view. */
  | {
      readonly kind: 'measured'
      readonly browser: string
      readonly page: string
      readonly pageType: 'product' | 'pricing'
      readonly activeMs: number
      readonly hoverMs: number
    }
  | { readonly kind: 'ordered'; readonly browser: string }

export interface Person {
  readonly userId: string
  readonly email: string
  readonly acts: readonly Act[]
  /** How many of the acts go into each request, in order. */
  readonly requests: readonly number[]
}

/** How somebody becomes known. */
const WAYS = ['known from the start', 'late', 'on a second browser'] as const

export function createPeople(count: number, random: Random): readonly Person[] {
  return Array.from({ length: count }, (_, index) => createPerson(`p${index}`, random.fork(`person ${index}`)))
}

function createPerson(userId: string, random: Random): Person {
  const way = random.pick(WAYS)
  const browser = `${userId}-${way === 'on a second browser' ? 'phone' : 'desk'}`
  const visit = createVisit(userId, browser, random)
  const identified: Act = { kind: 'identified', browser }
  // Whoever comes late has put something into the cart before.
  const at = way === 'known from the start' ? 0 : random.between(1, visit.length - 1)
  const first: readonly Act[] = way === 'on a second browser' ? [{ kind: 'identified', browser: `${userId}-desk` }] : []
  const acts = [...first, ...visit.toSpliced(at, 0, identified)]
  return { userId, email: `${userId}@example.com`, acts, requests: portions(acts.length, random) }
}

/**
 * The first act puts something into the cart and the last one changes the cart: so the level rises in two known steps,
 * and the last write carries every trait.
 */
function createVisit(userId: string, browser: string, random: Random): readonly Act[] {
  const products = Array.from({ length: random.between(1, 4) }, (_, index) => ({
    id: `${userId}-product-${index}`,
    price: random.between(100, 9999) / 100,
  }))
  const added = (): Act => ({ kind: 'added', browser, product: random.pick(products), quantity: random.between(1, 3) })
  const reading = measurements(`${userId}-reading`, 'product', browser, [8_000, 21_000, 47_000])
  const comparing = measurements(`${userId}-comparing`, 'pricing', browser, [30_000, 61_000, 95_000, 120_000])
  const acts: Act[] = [added()]
  for (let more = random.between(3, 10); more > 0; more -= 1) {
    const next = random.pick([added, () => reading.shift(), () => comparing.shift()])()
    acts.push(next ?? added())
  }
  return [...acts, random.chance(0.4) ? { kind: 'ordered', browser } : added()]
}

function measurements(
  page: string,
  pageType: 'product' | 'pricing',
  browser: string,
  actives: readonly number[],
): Act[] {
  return actives.map((activeMs, index) => ({
    ...{ kind: 'measured' as const, browser, page, pageType, activeMs },
    hoverMs: 4000 + index * 500,
  }))
}

function portions(total: number, random: Random): readonly number[] {
  const sizes: number[] = []
  for (let left = total; left > 0; ) {
    const size = Math.min(random.pick([1, 1, 1, 2, 3]), left)
    sizes.push(size)
    left -= size
  }
  return sizes
}
