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
  const [first = '', ...rest] = pattern.split('*')
  if (rest.length === 0) return path === pattern
  if (!path.startsWith(first)) return false
  const last = rest.at(-1) ?? ''
  let from = first.length
  for (const part of rest.slice(0, -1)) {
    const found = path.indexOf(part, from)
    if (found === -1) return false
    from = found + part.length
  }
  return path.length - from >= last.length && path.endsWith(last)
}

function pathOf(url: string | undefined): string | undefined {
  return url === undefined || !URL.canParse(url) ? undefined : new URL(url).pathname
}
