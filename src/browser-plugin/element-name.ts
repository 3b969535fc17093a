import { find, type Path } from './path.ts'
import { MAX_NAME_LENGTH } from './signals.ts'

/** What is measured without being marked: things to click, and products. */
export const OF_INTEREST = '[data-inkling],a[href],button,[role=button],[role=link],[role=tab],[data-product]'
/** An element without a name of its own is counted within the nearest of these. */
const PLACE = '[id],[data-inkling],main,header,footer,nav,section,article,form,body'

/** An e-mail address, also in a URL; or seven digits and more, grouped or not: a card, phone or account number. */
const PERSONAL = /[^\s/]*(@|%40)[^\s/]*|\d((%20|[\s._+-])?\d){6,}/g
/** Ids that frameworks number anew at every load, such as `:r1:`, `«r1»` or `ember512`. */
const GENERATED = /[:«]|\d\d/

/**
 * Makes the function that names the innermost element of interest on an event's path. A mark (`data-inkling`) wins; then
 * product, id, link target, and at last the place in the page. Text is never read, and a name is the same at the next visit
 * as long as the page is. Names are remembered, so the pointer pays for each element once.
 */
export function createNaming(): (path: Path) => string | undefined {
  const names = new WeakMap<Element, string>()
  return path => {
    const element = find(path, OF_INTEREST)
    if (!element) return undefined
    const name = names.get(element) ?? nameOf(element)
    names.set(element, name)
    return name
  }
}

/** @returns the name of any element, of interest by itself or not. */
export function nameOf(element: Element): string {
  const mark = element.getAttribute('data-inkling')
  if (mark) return toName(mark)
  const product = element.getAttribute('data-product')
  const id = idOf(element)
  const candidates = [product && `product:${product}`, !GENERATED.test(id) && id, linkName(element)]
  // A number that may be somebody's is not made harmless but passed over: two products must not become one.
  return candidates.find(name => name && toName(name) === name) || toName(placeName(element))
}

/** A form's own `id` property may be one of its fields. */
function idOf(element: Element): string {
  return element.getAttribute('id') ?? ''
}

function linkName(element: Element): string | false {
  const { host, pathname } = element as HTMLAnchorElement
  return element.matches('a') && `link:${host === location.host ? pathname : host}`
}

/** Such as `header>button.2`: the second button in the header. */
function placeName(element: Element): string {
  const tag = element.localName
  const around = element.parentElement?.closest(PLACE)
  const root = element.getRootNode()
  const { host = document.body } = root as Partial<ShadowRoot>
  const place = around ?? host
  const where = place.getAttribute('data-inkling') || idOf(place) || place.localName
  // What stands in a shadow root is not found from its host.
  const peers = (around ?? (root as Document)).querySelectorAll(tag)
  return `${where}>${tag}.${[...peers].indexOf(element) + 1}`
}

/** @returns the text, short, with everything that could identify a person replaced by `x`. */
export function toName(text: string): string {
  return text.replace(PERSONAL, 'x').slice(0, MAX_NAME_LENGTH)
}
