/** @returns the link that the event's path leads through. In a frame, elements are of the frame's own kinds. */
export function linkOf(event: Event): HTMLAnchorElement | undefined {
  return event.composedPath().find((node): node is HTMLAnchorElement => isElement(node) && node.matches('a[href]'))
}

/** @returns the innermost element that the event happened on. */
export function targetOf(event: Event): Element | undefined {
  return event.composedPath().find(isElement)
}

export function isElement(node: EventTarget): node is Element {
  return 'matches' in node
}
