/** `inkling setup braze` as an operator runs it. */
import { afterEach, expect, test } from 'vitest'
import { type BrazeStandIn, startBraze } from '../../../examples/platforms/braze.ts'
import { momentProperties } from '../../../src/destination/engine/moments/properties.ts'
import { TRAITS } from '../../../src/destination/engine/traits.ts'
import { runSetup, type Told } from '../../support/run-setup.ts'

const KEY = 'braze-key-0123456789'
let workspace: BrazeStandIn
afterEach(() => workspace?.close())

async function run(args: readonly string[] = [], apiKey = KEY): Promise<Told> {
  return runSetup(['braze', ...args], { BRAZE_API_KEY: apiKey, BRAZE_REST_ENDPOINT: workspace.url })
}

test('the key is checked by a call that writes nothing, and everything to allow is listed', async () => {
  workspace = await startBraze({ apiKey: KEY })
  const { code, out, err } = await run()
  expect([code, err]).toEqual([0, ''])
  expect(out).toContain('there    key with the permission users.track')
  for (const { name, type } of TRAITS) {
    const shown = { number: 'Number', text: 'String', time: 'Time' }[type]
    expect(out).toMatch(new RegExp(`^ +inkling_${name} +${shown}$`, 'm'))
  }
  for (const { name, properties } of momentProperties([]))
    expect(out).toContain(`  ${name}\n    ${properties.map(property => property.name).join(', ')}\n`)
  expect(out).toContain('Canvases (Messaging > Canvas > Create Canvas)')
  expect([workspace.profiles(), workspace.events()]).toEqual([[], []])
  expect(workspace.requests().map(({ path }) => path)).toEqual(['/users/track'])
})

test('what the recipe reads of an event is what the event carries', async () => {
  workspace = await startBraze({ apiKey: KEY })
  const { out } = await run(['--dry-run'])
  const recipes = [...out.matchAll(/entry: ([A-Z][\w ]+);[\s\S]*?(?=\n {2}Inkling: |\n\n)/g)]
  expect(recipes).toHaveLength(3)
  for (const [recipe, moment] of recipes) {
    const carried = momentProperties([])
      .find(({ name }) => name === moment)
      ?.properties.map(({ name }) => name)
    const named = [...recipe.matchAll(/context\.\$\{(\w+)\}/g)].map(([, name]) => name)
    expect(named.length).toBeGreaterThan(0)
    expect(carried).toEqual(expect.arrayContaining(named))
  }
})

test('a refused key and an endpoint that is none are told, without the key', async () => {
  workspace = await startBraze({ apiKey: KEY })
  const wrong = await run([], 'braze-other-9876543210')
  expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('401')])
  expect(wrong.out + wrong.err).not.toContain('braze-other')
  workspace.fail({ kind: 'html', status: 200 })
  expect(await run()).toMatchObject({ code: 1, err: expect.stringContaining('something other than JSON') })
  workspace.fail({ kind: 'status', status: 404 })
  expect((await run()).code).toBe(1)
  expect((await runSetup(['braze'], {})).err).toContain('BRAZE_API_KEY')
  expect((await run(['--flows'])).code).toBe(2)
})
