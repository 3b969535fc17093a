import { expect, test } from 'vitest'
import { exitKind } from '../../src/browser-plugin/exit.ts'

const link = (leadsTo: 'same-site' | 'elsewhere') => ({ at: 1000, path: [], trusted: true, leadsTo })

test('a link clicked just before says where the visitor went', () => {
  expect(exitKind({ at: 1500, restorable: true }, link('same-site'))).toBe('internal')
  expect(exitKind({ at: 1500, restorable: true }, link('elsewhere'))).toBe('outbound')
})

test('a link clicked long before says nothing', () => {
  expect(exitKind({ at: 3001, restorable: false }, link('elsewhere'))).toBe('close')
})

test('a page the browser keeps was not closed', () => {
  expect(exitKind({ at: 1500, restorable: true }, undefined)).toBe('unknown')
})
