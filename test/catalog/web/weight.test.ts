/** What the browser half adds to a page, beside what Segment puts into each destination. `npm run catalog:assemble` prints both. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { bundleAction, EMPTY } from '../../../scripts/bundle-action.ts'
import { bundleHalf } from './connected-site.ts'

test('the browser half stays within its byte budget', async ({ annotate }) => {
  mkdirSync(resolve('node_modules/.cache'), { recursive: true })
  const folder = mkdtempSync(resolve('node_modules/.cache/action-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const [whole = 0, runtime = 0] = [await bundleHalf(), await bundleAction(EMPTY, folder)].map(
    code => gzipSync(code, { level: 9 }).length,
  )
  await annotate(`the browser half: ${whole} bytes gzip, of which ${runtime} are Segment's runtime`)
  expect(whole - runtime).toBeLessThanOrEqual(11_000)
  expect(whole - runtime).toBeGreaterThan(5_000)
})
