/** The cart: how many of which plant, kept in this browser until the order is placed. */
import { PLANTS, type Plant } from './catalogue.ts'

export interface Line {
  readonly plant: Plant
  readonly quantity: number
}

const KEY = 'fernwood-cart'

export interface Cart {
  lines(): readonly Line[]
  add(plant: Plant): void
  /** Takes out every one of this plant. */
  remove(plant: Plant): void
  clear(): void
}

export function openCart(storage: Storage): Cart {
  const read = (): Map<string, number> => new Map(JSON.parse(storage.getItem(KEY) ?? '[]'))
  const write = (quantities: Map<string, number>): void => storage.setItem(KEY, JSON.stringify([...quantities]))
  return {
    lines() {
      const quantities = read()
      return PLANTS.flatMap(plant => {
        const quantity = quantities.get(plant.product_id) ?? 0
        return quantity > 0 ? [{ plant, quantity }] : []
      })
    },
    add(plant) {
      const quantities = read()
      write(quantities.set(plant.product_id, (quantities.get(plant.product_id) ?? 0) + 1))
    },
    remove(plant) {
      const quantities = read()
      quantities.delete(plant.product_id)
      write(quantities)
    },
    clear() {
      storage.removeItem(KEY)
    },
  }
}

/** @returns euros. */
export function total(lines: readonly Line[]): number {
  return lines.reduce((sum, { plant, quantity }) => sum + plant.price * quantity, 0)
}
