import { expect, test } from 'vitest'
import { printable } from '../../../src/destination/commands/printable.ts'

test('what a terminal would obey, or what turns a line around, is shown instead', () => {
  expect(printable('\u001b[2J\u0007 \u009b31m \u202egnp.exe \u2066x\u2069 \r\u0000')).toBe(
    '\\u001b[2J\\u0007 \\u009b31m \\u202egnp.exe \\u2066x\\u2069 \\u000d\\u0000',
  )
  expect(printable('half \ud83d of one').isWellFormed()).toBe(true)
})

test('text of any language, tabs and ends of lines stay as they are', () => {
  const text = 'Grün\tשלום\nمرحبا 日本 😀 Plant No. 1 – “now”'
  expect(printable(text)).toBe(text)
})
