import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { DOCUMENT, withOutput } from '../../scripts/document-backtest.ts'

test('the output in docs/backtest.md is what the commands say; node scripts/document-backtest.ts writes it anew', () => {
  const markdown = readFileSync(DOCUMENT, 'utf8')
  expect(markdown.match(/```text\n[^`]/g)).toHaveLength(3)
  expect(withOutput(markdown)).toBe(markdown)
})
