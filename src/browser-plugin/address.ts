/** What makes a route: the path, or the path behind the hash, as in `/#/pricing`. */
export type Routes = 'path' | 'hash'

export interface PageAddress {
  readonly path: string
  readonly referrer: string
  readonly search: string
  readonly title: string
  readonly url: string
}

export function readPath(routes: Routes | undefined): string {
  // The route behind the hash, such as `/pricing` of `#/pricing` or `#!/pricing`; an anchor is none.
  return (routes === 'hash' && /^#!?(\/[^?]*)/.exec(location.hash)?.[1]) || location.pathname
}

export function readAddress(path: string): PageAddress {
  const { pathname, search, origin } = location
  const { title, referrer } = document
  return { path, search, url: origin + pathname + search + (path === pathname ? '' : `#${path}`), title, referrer }
}
