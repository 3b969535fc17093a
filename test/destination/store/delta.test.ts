import fc from 'fast-check'
import { expect, test } from 'vitest'
import { step } from '../../../src/destination/engine/decide.ts'
import { messageInput } from '../../../src/destination/engine/input.ts'
import { defaultPolicy } from '../../../src/destination/engine/policy.ts'
import { initialState, type ProfileState } from '../../../src/destination/engine/profile.ts'
import { messagesOf } from '../../../src/destination/parse.ts'
import { applyDelta, deltaOf } from '../../../src/destination/store/delta.ts'
import { webhookEntry } from '../../support/log-entry.ts'

const NOW = Date.parse('2026-03-01T10:00:00Z')
/** What is written comes back as JSON has it. */
const read = <T>(value: T): T => JSON.parse(JSON.stringify(value))
const stateOf = (member: unknown): ProfileState => ({ ...initialState, ...{ circumstances: member as object } })

test('whatever becomes of a value, the change makes the one of the other', () => {
  const json = fc.jsonValue({ maxDepth: 4 }).map(value => read(value))
  fc.assert(
    fc.property(fc.tuple(json, json), fc.array(fc.nat(5)), ([was, is], picks) => {
      // Nulls stand for what is missing, of which a state has none.
      const [before, after] = [stateOf(withoutNulls(was)), stateOf(mixed(was, is, picks))]
      expect(read(applyDelta(before, read(deltaOf(before, after))))).toEqual(read(after))
    }),
    { numRuns: 2_000 },
  )
})

/** A list or an object that shares some of what it has with another, as states do. */
function mixed(was: unknown, is: unknown, picks: readonly number[]): unknown {
  if (Array.isArray(was) && Array.isArray(is)) return withoutNulls([...was.slice(picks[0] ?? 0), ...is])
  if (isObject(was) && isObject(is)) return withoutNulls({ ...was, ...is })
  return withoutNulls(is)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(entry => (isObject(entry) ? withoutNulls(entry) : (entry ?? 0)))
  if (!isObject(value)) return value ?? {}
  return Object.fromEntries(Object.entries(value).filter(([name, member]) => member !== null && name !== '__proto__'))
}

test('a visit, message by message: what is kept of each makes the state, and is a fraction of it', () => {
  let state: ProfileState = initialState
  let restored: ProfileState = initialState
  let [kept, whole] = [0, 0]
  const take = (call: object, at: number) => {
    const [message] = messagesOf(
      webhookEntry(at, [{ anonymousId: 'anon', messageId: `m${at}`, ...call }], NOW + at * 3_000),
    )
    if (message === undefined) throw new Error('the call was not read')
    const { state: next } = step(state, messageInput(message), defaultPolicy)
    const delta = JSON.stringify(deltaOf(state, next))
    restored = applyDelta(restored, JSON.parse(delta))
    state = next
    kept += delta.length
    whole += JSON.stringify(state).length
    expect(read(restored)).toEqual(read(state))
  }
  for (let index = 1; index <= 60; index += 1) {
    const page = Math.floor(index / 6)
    if (index % 6 === 0) take({ type: 'page', name: 'product', properties: { path: `/products/${page}` } }, index)
    else if (index % 6 === 1)
      take(
        { type: 'track', event: 'Product Added', properties: { product_id: `p${page}`, price: 9, name: 'Fern' } },
        index,
      )
    else
      take(
        {
          ...{ type: 'track', event: 'Engagement Measured' },
          properties: {
            ...{ pageview_id: `pv${page}`, sequence: index, active_ms: index * 900, scroll_depth: 0.4 },
            ...{ hovers: [{ element: 'price', ms: index * 300, count: 1 }], page_type: 'product', automation: {} },
          },
        },
        index,
      )
  }
  expect(kept / whole).toBeLessThan(0.25)
})
