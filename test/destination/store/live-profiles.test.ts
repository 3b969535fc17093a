import { expect, test } from 'vitest'
import { initialState, type ProfileState } from '../../../src/destination/engine/profile.ts'
import { eventTime } from '../../../src/destination/engine/time.ts'
import { createLiveProfiles } from '../../../src/destination/store/live-profiles.ts'
import { type Commit, NOTHING, type StoredProfile } from '../../../src/destination/store/store.ts'

const nothing: Commit = { ...NOTHING, now: 0 }
const profile = (id: string, timeSpentMs: number, rest: Partial<ProfileState> = {}): StoredProfile => ({
  id,
  state: { ...initialState, timeSpentMs, ...rest },
})
const change = (...profiles: StoredProfile[]): Commit => ({ ...nothing, profiles })

test('a profile is written whole when it is new, and then as what changed, until the journal is long', () => {
  const live = createLiveProfiles({ most: 100, journal: 1_000 })
  const first = profile('a', 1)
  expect(live.change(change(first), 1)).toMatchObject({ deltas: [], whole: [{ id: 'a' }] })
  live.committed(1)
  const second = { id: 'a', state: { ...first.state, timeSpentMs: 2 } }
  expect(live.change(change(second), 2)).toEqual({ deltas: [['a', ['timeSpentMs', 2]]], whole: [], looks: [] })
  live.committed(2)
  expect(live.neededFrom()).toBe(2)
  live.lengthen(1_000)
  const third = { id: 'b', state: { ...initialState } }
  expect(live.change(change(third), 3).whole.map(({ id }) => id)).toEqual(['b', 'a'])
  // Not before that is on disk.
  expect(live.neededFrom()).toBe(2)
  live.committed(3)
  expect(live.neededFrom()).toBeUndefined()
})

test('what changes while it is being written whole is needed from that change on', () => {
  const live = createLiveProfiles({ most: 100, journal: 0 })
  const first = profile('a', 1)
  live.change(change(first), 1)
  live.change(change({ id: 'a', state: { ...first.state, timeSpentMs: 2 } }), 2)
  live.committed(1)
  expect(live.neededFrom()).toBe(2)
})

test('what was not used lately is let go, but never what is in the journal alone', () => {
  const live = createLiveProfiles({ most: 2, journal: 1_000 })
  for (const id of ['a', 'b', 'c']) live.admit(profile(id, 1), [`a:${id}`])
  expect(['a:a', 'a:b', 'a:c'].map(key => live.profileOf(key as 'a:a')?.id)).toEqual([undefined, 'b', 'c'])
  const b = live.profileOf('a:b')
  live.change(change({ id: 'b', state: { ...(b?.state ?? initialState), timeSpentMs: 2 } }), 1)
  for (const id of ['d', 'e', 'f']) live.admit(profile(id, 1), [`a:${id}`])
  expect(live.profileOf('a:b')?.state.timeSpentMs).toBe(2)
})

test('a profile that was joined with another is the other, also for who reads its old row', () => {
  const live = createLiveProfiles({ most: 100, journal: 1_000 })
  live.admit(profile('a', 1), ['a:a'])
  live.admit(profile('b', 2), ['u:b'])
  const joined = profile('b', 3)
  live.change({ ...change(joined), merges: [{ from: 'a', into: 'b' }] }, 1)
  expect(live.profileOf('a:a')).toMatchObject({ id: 'b', state: { timeSpentMs: 3 } })
  expect(live.admit(profile('a', 1), ['a:other'])).toMatchObject({ id: 'b' })
})

test('the file is told to look at timers early rather than often', () => {
  const live = createLiveProfiles({ most: 100, journal: 1_000 })
  const due = (at: number) => ({ timers: [{ key: 'cart' as const, due: eventTime(at) }] })
  const at = (now: number, timers: Partial<ProfileState>) =>
    live.change({ ...change(profile('a', now, timers)), now }, now).looks
  expect(at(1, due(100))).toEqual([{ profileId: 'a', at: 100 }])
  expect(at(2, due(200))).toEqual([])
  expect(at(3, due(50))).toEqual([{ profileId: 'a', at: 50 }])
  expect(at(60, due(300))).toEqual([{ profileId: 'a', at: 300 }])
  expect(at(61, {})).toEqual([])
  expect(at(300, {})).toEqual([{ profileId: 'a' }])
})

test('however many come with one commit, once it is on disk no more stay than may', () => {
  const live = createLiveProfiles({ most: 1_000, journal: 1_000_000 })
  const ids = Array.from({ length: 20_000 }, (_, index) => `p${index}`)
  for (let commit = 1; commit <= 5; commit += 1) {
    live.change(change(...ids.slice((commit - 1) * 4_000, commit * 4_000).map(id => profile(id, 1))), commit)
    live.committed(commit)
  }
  expect(ids.filter(id => live.profileBy(id) !== undefined)).toHaveLength(1_000)
})

test('however many are new, those that have been in the journal for long are written whole', () => {
  const live = createLiveProfiles({ most: 1_000, journal: 1_000 })
  const old = profile('old', 1)
  live.change(change(old), 1)
  live.committed(1)
  live.change(change({ id: 'old', state: { ...old.state, timeSpentMs: 2 } }), 2)
  live.committed(2)
  live.lengthen(1_000)
  const crowd = Array.from({ length: 2_000 }, (_, index) => profile(`p${index}`, 1))
  expect(live.change(change(...crowd), 3).whole.map(({ id }) => id)).toContain('old')
})
