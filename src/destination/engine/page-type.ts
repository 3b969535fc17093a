import type { Message } from './message.ts'
import type { Policy } from './policy.ts'

/** @returns the type of the page a message was sent from, by its path; `other` when no pattern fits. */
export function pageTypeOf({ context: { page } }: Message, policy: Policy): string {
  const path = page.path ?? pathOf(page.url)
  if (path === undefined) return 'other'
  return policy.pages.find(({ paths }) => paths.some(pattern => matchesPath(pattern, path)))?.type ?? 'other'
}

/** @param pattern - a path in which each `*` stands for any text, also none. */
export function matchesPath(pattern: string, path: string): boolean {
  let [at, from] = [0, 0]
  // Where the last `*` stands, and how far into the path its text reaches so far.
  let [star, covered] = [-1, 0]
  while (from < path.length) {
    if (pattern[at] === '*') {
      star = at
      covered = from
      at += 1
    } else if (pattern[at] === path[from]) {
      at += 1
      from += 1
    } else {
      if (star === -1) return false
      covered += 1
      at = star + 1
      from = covered
    }
  }
  while (pattern[at] === '*') at += 1
  return at === pattern.length
}

function pathOf(url: string | undefined): string | undefined {
  return url === undefined || !URL.canParse(url) ? undefined : new URL(url).pathname
}
