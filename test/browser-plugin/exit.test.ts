import { expect, test } from 'vitest'
import { exitKind } from '../../src/browser-plugin/exit.ts'

const link = (leadsTo: 'internal' | 'outbound') => ({ at: 1000, leadsTo })

test('a link clicked just before says where the visitor went', () => {
  expect(exitKind({ at: 1500, restorable: true }, link('internal'))).toBe('internal')
  expect(exitKind({ at: 1500, restorable: true }, link('outbound'))).toBe('outbound')
})

test('a link clicked long before says nothing', () => {
  expect(exitKind({ at: 3001, restorable: false }, link('outbound'))).toBe('close')
})

test('a page the browser keeps was not closed', () => {
  expect(exitKind({ at: 1500, restorable: true }, undefined)).toBe('unknown')
})
