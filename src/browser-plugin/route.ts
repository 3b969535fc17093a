import type { Page } from './page.ts'

/** Says when the route changed without a page load. Other changes of query or hash are not told. */
export function watchRoute(page: Page, run: () => void): void {
  let { path } = page.address()
  const check = page.guard(() => {
    const next = page.address().path
    if (next === path) return
    path = next
    run()
  })
  const { navigation }: { readonly navigation?: Navigation } = window
  if (navigation) {
    navigation.addEventListener('currententrychange', check)
    page.onClose(() => navigation.removeEventListener('currententrychange', check))
  } else {
    // Without the Navigation API the site's own `page()` calls tell, or else the next input; its `history` is not patched.
    page.listen(['popstate', 'pointerdown', 'keydown', 'scroll'], check)
  }
}
