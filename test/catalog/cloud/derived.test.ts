/** The files that are derived from the definition are those of the definition as it is. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import destination from '../../../catalog/cloud/index'
import { derivedFiles } from '../../../scripts/describe-destination.ts'

const folder = join(import.meta.dirname, '../../../catalog/cloud')

test.each([...derivedFiles(destination)])('%s is what npm run catalog:destination writes', (path, text) => {
  expect(readFileSync(join(folder, path), 'utf8')).toBe(text)
})
