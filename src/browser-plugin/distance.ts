/** Where something happened in the window, px. */
export interface Spot {
  readonly clientX: number
  readonly clientY: number
}

export function distance(from: Spot, to: Spot): number {
  return Math.hypot(to.clientX - from.clientX, to.clientY - from.clientY)
}
