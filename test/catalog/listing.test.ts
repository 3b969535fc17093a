/** The catalog entry is within Segment's bounds, its pictures can be seen, and its page speaks of what there is. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OpenChromium, openChromium } from '../support/chromium.ts'
import { linksOf, sectionOf } from '../support/markdown.ts'

const folder = 'catalog/listing'
const read = (path: string) => readFileSync(path, 'utf8')
const listing = read(`${folder}/listing.md`)
const page = read(`${folder}/index.md`)

let chromium: OpenChromium
beforeAll(async () => {
  chromium = await openChromium()
})
afterAll(() => chromium.close())

/** Those that Segment's guide offers. */
const CATEGORIES = [
  ...[
    'A/B Testing',
    'Advertising',
    'Analytics',
    'Attribution',
    'CRM',
    'Customer Success',
    'Deep Linking',
    'Email Marketing',
  ],
  ...[
    'Enrichment',
    'Feature Flagging',
    'Heatmaps & Recordings',
    'Livechat',
    'Marketing Automation',
    'Performance Monitoring',
  ],
  ...[
    'Personalization',
    'Raw Data',
    'Referrals',
    'Security & Fraud',
    'SMS & Push Notifications',
    'Surveys',
    'Tag Managers',
    'Video',
  ],
]

test('the description is short enough for the catalog', () => {
  const description = sectionOf(listing, 'Description').trim()
  expect(description.length).toBeLessThanOrEqual(500)
  expect(description.length).toBeGreaterThan(200)
})

test('the categories are two of Segment’s', () => {
  const [, primary = '', secondary = ''] =
    /\*\*Categories:\*\* (.+) \(primary\), (.+) \(secondary\)/.exec(listing) ?? []
  expect(CATEGORIES).toContain(primary)
  expect(CATEGORIES).toContain(secondary)
})

test('name and slug are the destination’s', () => {
  const metadata: { name: string; slug: string } = JSON.parse(read('catalog/cloud/metadata.json'))
  expect(listing).toContain(`**Name:** ${metadata.name}\n- **Slug:** \`${metadata.slug}\``)
})

test.each([folder, 'catalog'])('every link in %s leads to a file', path => {
  const document = path === folder ? listing : read('catalog/README.md')
  const files = linksOf(document).map(({ file }) => file)
  expect(files.length).toBeGreaterThan(3)
  for (const file of files) expect(() => readFileSync(join(path, file)), file).not.toThrow(/ENOENT/)
})

test.each([
  ['mark.svg', 1],
  ['logo.svg', 254 / 64],
])('%s is drawn from shapes alone, in its proportions', async (name, ratio) => {
  const path = join(process.cwd(), folder, name)
  expect(read(path)).not.toMatch(/<(script|style|image|text|use|foreignObject)|href|url\(/)
  const tab = await chromium.browser.newPage()
  await tab.goto(pathToFileURL(path).href)
  const box = await tab.evaluate(() => {
    const shapes = [...document.querySelectorAll('path, circle, rect')].map(shape => shape.getBoundingClientRect())
    const { width, height } = document.documentElement.getBoundingClientRect()
    return { width, height, inside: shapes.every(({ left, top }) => left >= 0 && top >= 0), shapes: shapes.length }
  })
  const [, , width = 0, height = 0] = /viewBox="([\d .]+)"/.exec(read(path))?.[1]?.split(' ').map(Number) ?? []
  expect(width / height).toBeCloseTo(ratio)
  expect(box).toMatchObject({ inside: true, shapes: expect.any(Number) })
  expect(box.shapes).toBeGreaterThanOrEqual(3)
  await tab.close()
})

test('the demo shows the mark that the catalog shows', () => {
  expect(read('examples/demo/shop/live/inkling.svg')).toBe(read(`${folder}/mark.svg`))
})

test('the page follows Segment’s template', () => {
  expect(page).toMatch(/^---\ntitle: .+ Destination\nhide-boilerplate: true\nhide-dossier: true\nid: \w+\n---\n/)
  const includes = [...page.matchAll(/\{% include (\S+)/g)].map(([, name]) => name)
  expect(includes).toEqual(['content/plan-grid.md', 'content/ajs-upgrade.md', 'components/actions-fields.html'])
  expect(page).toMatch(/\n## Benefits of Inkling\n[\s\S]*\n## Getting started\n/)
})

test('what the page names in bold is in the definitions or on Segment’s screens', () => {
  const ours = [read('catalog/cloud/metadata.json'), read('catalog/web/metadata.json')].join()
  const screens = ['Connections > Catalog', 'Inkling', 'Add destination', 'Settings', 'Mappings', 'Event Tester']
  const named = [...page.matchAll(/\*\*([^*]+)\*\*/g)].map(([, name = '']) => name).filter(name => !name.endsWith('.'))
  expect(named.length).toBeGreaterThan(12)
  expect(named.filter(name => !screens.includes(name) && !ours.includes(`"${name}"`))).toEqual([])
})
