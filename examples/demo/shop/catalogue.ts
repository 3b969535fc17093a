/** What the shop sells, in the words of Segment's Ecommerce spec, so that every call about a plant says the same. */

export interface Plant {
  readonly product_id: string
  readonly sku: string
  readonly name: string
  readonly category: string
  readonly variant: string
  /** Euros. */
  readonly price: number
  /** Where its page and picture are, from the root of the shop. */
  readonly path: string
  readonly picture: string
}

export const PLANTS: readonly Plant[] = [
  {
    product_id: 'rubber-fig',
    sku: 'FW-101',
    name: 'Rubber fig',
    category: 'Foliage',
    variant: 'Terracotta, 17 cm',
    price: 48,
    path: '/products/rubber-fig',
    picture: '/art/rubber-fig.svg',
  },
  {
    product_id: 'snake-plant',
    sku: 'FW-102',
    name: 'Snake plant',
    category: 'Foliage',
    variant: 'Stoneware, 16 cm',
    price: 36,
    path: '/products/snake-plant',
    picture: '/art/snake-plant.svg',
  },
]

/** @returns the plant as the properties of an Ecommerce call, with addresses that work outside this page. */
export function toProduct(plant: Plant, quantity: number): Record<string, string | number> {
  const { path, picture, ...rest } = plant
  const url = new URL(path, location.origin).href
  return { ...rest, quantity, currency: 'EUR', url, image_url: new URL(picture, location.origin).href }
}

/** @returns such as €48. */
export function inEuros(amount: number): string {
  return `€${amount}`
}
