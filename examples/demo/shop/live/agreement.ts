/** The same value at several platforms is shown once; where they differ, each says its own. */
import type { PlatformName } from '../../feed.ts'
import { h } from './element.ts'
import { addressWords, valueWords } from './words.ts'

export interface Copy {
  readonly platform: PlatformName
  readonly values: Readonly<Record<string, unknown>>
}

/** @returns a description list of every name that any copy has, in the order of the first. */
export function agreement(copies: readonly Copy[], className: string): HTMLElement {
  const names = new Set(copies.flatMap(({ values }) => Object.keys(values)))
  return h(
    'dl',
    { class: className },
    ...[...names].map(name => h('div', {}, h('dt', {}, name), h('dd', {}, ...said(copies, name)))),
  )
}

function said(copies: readonly Copy[], name: string): readonly (HTMLElement | string)[] {
  const words = copies.map(({ platform, values }) => ({ platform, words: shown(name, values[name]) }))
  const [first] = words
  if (first === undefined || words.every(one => one.words === first.words)) return [first?.words ?? '–']
  return words.map(one => h('span', { class: 'own' }, `${one.platform}: ${one.words}`))
}

export function shown(name: string, value: unknown): string {
  return addressWords(valueWords(name, value))
}
