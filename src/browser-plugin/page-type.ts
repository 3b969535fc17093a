import type { PageAddress } from './address.ts'
import { toName } from './element-name.ts'

/** What an installer may give: one word, or a function of the address. */
export type PageTypeOption = string | ((page: PageAddress) => string | undefined)

/**
 * Says what kind of page this is: what the option says, else the first `data-inkling-page`, else `product` where the page's
 * own markup for search engines or shares says so. Undefined leaves it to the service, which has rules on URLs.
 */
export function readPageType(option: PageTypeOption | undefined, page: PageAddress): string | undefined {
  const type =
    (typeof option === 'function' ? option(page) : option) ||
    document.querySelector('[data-inkling-page]')?.getAttribute('data-inkling-page') ||
    (isProduct() && 'product')
  return type ? toName(type) : undefined
}

function isProduct(): boolean {
  const marks = [...document.querySelectorAll('[property="og:type"][content=product],[type="application/ld+json"]')]
  return marks.some(({ localName, textContent }) => localName === 'meta' || describesOneProduct(textContent))
}

/** Read as text, for much of what is in use is not valid JSON. A listing names its products too, but within an ItemList. */
export function describesOneProduct(json: string): boolean {
  return /"@type":\s*\[?\s*"(Product|ItemList|CollectionPage)/.exec(json)?.[1] === 'Product'
}
