/** One function to make elements with: text stays text, so nothing a visitor typed can become markup. */

type Child = Node | string | undefined | false

export function h(
  tag: string,
  attributes: Readonly<Record<string, string | undefined>> = {},
  ...children: readonly Child[]
): HTMLElement {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) element.setAttribute(name, value)
  element.append(...children.filter(child => child !== undefined && child !== false))
  return element
}

/** @returns the element the page was written with; its absence is a mistake in the page. */
export function find<E extends Element = HTMLElement>(selector: string): E {
  const element = document.querySelector<E>(selector)
  if (!element) throw new Error(`the live page has no ${selector}`)
  return element
}
