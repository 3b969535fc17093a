/** Which features of a product a person has used. */
import type { Feature } from './fact.ts'
import type { EventTime } from './time.ts'

const MAX_FEATURES = 6

/** @returns the features with one more use of this one, the one used last at the end. */
export function useFeature(features: readonly Feature[], name: string, at: EventTime): readonly Feature[] {
  const known = features.find(feature => feature.name === name)
  const used = known ? { ...known, uses: known.uses + 1 } : { name, firstAt: at, uses: 1 }
  return features
    .filter(feature => feature !== known)
    .concat(used)
    .slice(-MAX_FEATURES)
}

export function mergeFeatures(older: readonly Feature[], newer: readonly Feature[]): readonly Feature[] {
  return newer.reduce((merged, { name, firstAt, uses }) => {
    const known = merged.find(feature => feature.name === name)
    const both = known
      ? { name, firstAt: known.firstAt < firstAt ? known.firstAt : firstAt, uses: known.uses + uses }
      : { name, firstAt, uses }
    return [...merged.filter(feature => feature !== known), both].slice(-MAX_FEATURES)
  }, older)
}
