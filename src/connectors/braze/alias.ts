/** How a visitor without a name is called at Braze. Pure. */
import { createHash } from 'node:crypto'
import type { UserAlias } from 'braze-api'

/**
 * A user has at most one alias of a label, and a profile whose label is taken is not joined. So that somebody's telephone can
 * be joined as well as their desk, labels are told apart by the anonymous id: of 256, two of one person are rarely the same.
 */
export function aliasOf(anonymousId: string): UserAlias {
  const place = createHash('sha256').update(anonymousId).digest('hex').slice(0, 2)
  return { alias_name: anonymousId, alias_label: `inkling_visitor_${place}` }
}
