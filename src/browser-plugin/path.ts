/** The elements an event went through, innermost first, also out of shadow roots. */
export type Path = readonly EventTarget[]

/** @returns the innermost of them that fits. In a frame, elements are of the frame's own kinds. */
export function find(path: Path, selector: string): HTMLElement | undefined {
  return path.find((node): node is HTMLElement => !!(node as Partial<Element>).matches?.(selector))
}
