/** What makes a route: the path, or the path behind the hash, as in `/#/pricing`. */
export type Routes = 'path' | 'hash'

export interface PageAddress {
  readonly path: string
  readonly referrer: string
  readonly search: string
  readonly title: string
  readonly url: string
}

export function readAddress(routes: Routes | undefined): PageAddress {
  const { pathname, search, origin, hash } = location
  const { title, referrer } = document
  // The route behind the hash, such as `/pricing` of `#/pricing` or `#!/pricing`; an anchor is none.
  const route = routes === 'hash' && /^#!?(\/[^?]*)/.exec(hash)?.[1]
  return { path: route || pathname, search, url: origin + pathname + search + (route ? `#${route}` : ''), title, referrer }
}
