/** What Klaviyo's answers say. Pure. */
import { isMembers, type Members, membersIn } from '../members.ts'

/** @returns the platform's own words: each error's detail and the place it points to. */
export function wordsOf(body: unknown): string | undefined {
  const words = errorsIn(body).map(error => {
    const { detail, title } = error
    const pointer = placeOf(error)
    const said = typeof detail === 'string' ? detail : title
    return typeof said === 'string' ? `${said}${typeof pointer === 'string' ? ` (${pointer})` : ''}` : undefined
  })
  const heard = words.filter(word => word !== undefined)
  return heard.length === 0 ? undefined : heard.join('; ')
}

/** Where a bulk request lists its entries; what follows is an entry's index. */
const ENTRY = /^\/data\/attributes\/events-bulk-create\/data\/(\d+)(?:\/|$)/

/** @returns the indices of the entries that a refusal of a bulk request names; empty where it names none. */
export function culpritsIn(body: unknown): ReadonlySet<number> {
  const places = errorsIn(body).map(error => ENTRY.exec(String(placeOf(error)))?.[1])
  return new Set(places.filter(place => place !== undefined).map(Number))
}

function errorsIn(body: unknown): readonly Members[] {
  return isMembers(body) ? membersIn(body.errors) : []
}

function placeOf({ source }: Members): unknown {
  return isMembers(source) ? (source.pointer ?? source.parameter) : undefined
}
