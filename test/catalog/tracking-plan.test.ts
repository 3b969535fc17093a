/** The tracking plan as a judge of what the plugin really sends from a real Chromium, and of what it never sends. */
import { readFileSync } from 'node:fs'
import { Ajv, type ValidateFunction } from 'ajv'
import { describe, expect, test } from 'vitest'
import { PLAN, planText } from '../../scripts/generate-tracking-plan.ts'
import { ENGAGEMENT_MEASURED } from '../../src/browser-plugin/signals.ts'
import { useSites } from '../browser-plugin/use-sites.ts'
import { fencesOf, read } from '../support/markdown.ts'

/** Everything that a page view can tell: a page that grows, parts, a form, a file, a sound, and things to rest on and click. */
const PAGE = `<div data-inkling="card" style="height:200px;background:#ddd">A fern</div>
  <a data-inkling="guide" href="/care.pdf" download>Care</a>
  <form id="contact"><input name="full_name"><input name="phone"></form>
  <section data-inkling-section="light" style="height:600px">Light</section><audio id="talk"></audio>
  <div style="height:2000px"></div>`

test('the plan in the repository is what its script makes', () => {
  expect(readFileSync(PLAN, 'utf8')).toBe(planText())
})

describe('in a real Chromium', () => {
  const { open, visit } = useSites()

  test('every summary of a visit that uses all there is keeps to the plan', async () => {
    const page = await open({ body: PAGE, head: '<meta property="og:type" content="product">' })
    const isValid = judge()
    await page.mouse.move(100, 100, { steps: 8 })
    await page.clock.runFor(3500)
    await page.locator('[data-inkling=guide]').click()
    await page.locator('[name=full_name]').pressSequentially('Robin')
    await page.locator('[name=phone]').pressSequentially('1')
    await page.evaluate(() => document.dispatchEvent(new ClipboardEvent('copy', { bubbles: true })))
    await page.mouse.wheel(0, 1500)
    await page.clock.runFor(3000)
    await page.goto('about:blank')
    const last = await visit.summary(({ reason }) => reason === 'exit')
    const told = visit.summaries().map(({ body }) => body)
    expect(told.length).toBeGreaterThan(1)
    for (const body of told) expect(isValid(body), JSON.stringify(isValid.errors)).toBe(true)
    expect(last.body.properties).toMatchObject({
      page_type: 'product',
      hovers: expect.arrayContaining([expect.objectContaining({ element: 'card' })]),
      downloads: [{ file: 'care.pdf' }],
      form: { state: 'engaged' },
      exit: { kind: 'close' },
    })
  })
})

const [example = ''] = fencesOf(read('docs/plugin.md'), 'json')

test('the documented example keeps to the plan', () => {
  const isValid = judge()
  expect(isValid(JSON.parse(example)), JSON.stringify(isValid.errors)).toBe(true)
})

test.each([
  ['a share above 1', { scroll_depth: 1.2 }],
  ['a word that is no reason', { reason: 'bored' }],
  ['a number as text', { active_ms: '41325' }],
  ['a name that is too long', { clicks: [{ element: 'x'.repeat(65), at_ms: 25 }] }],
  ['an entry without its time', { hovers: [{ element: 'card', count: 1 }] }],
  ['a missing property', { device: undefined }],
])('%s breaks the plan', (_what, wrong) => {
  const { properties } = JSON.parse(example)
  const isValid = judge()
  expect(isValid(JSON.parse(JSON.stringify({ properties: { ...properties, ...wrong } })))).toBe(false)
  expect(isValid.errors).toHaveLength(1)
})

/** The rule as Segment applies it: JSON Schema of draft 7, over the whole call. */
function judge(): ValidateFunction {
  const { rules } = JSON.parse(readFileSync(PLAN, 'utf8'))
  expect(rules.map(({ type, key, version }: Rule) => ({ type, key, version }))).toEqual([
    { type: 'TRACK', key: ENGAGEMENT_MEASURED, version: 1 },
  ])
  return new Ajv({ strict: true, allErrors: true }).compile(rules[0].jsonSchema)
}

interface Rule {
  readonly type: string
  readonly key: string
  readonly version: number
}
