/** Holds the documents to the code: names, types, defaults and bounds are what the program has, and snippets compile. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { runInNewContext } from 'node:vm'
import { expect, onTestFinished, test } from 'vitest'
import manifest from '../package.json' with { type: 'json' }
import { type EngagementOptions, toSettings } from '../src/browser-plugin/options.ts'
import { type EngagementProperties, LIST_LIMITS, MAX_SUMMARY_BYTES } from '../src/browser-plugin/signals.ts'
import { configSchema } from '../src/destination/config-schema.ts'
import { defaultPolicy } from '../src/destination/engine/policy.ts'
import { TRAITS } from '../src/destination/engine/traits.ts'
import { createDestination } from '../src/destination/index.ts'
import { parsePolicy } from '../src/destination/parse-policy.ts'
import { VARIABLES } from '../src/destination/variables.ts'
import { anchorsOf, DOCUMENTS, fencesOf, linksOf, read, rowsOf, sectionOf } from './support/markdown.ts'
import { configWith, SETTINGS } from './support/settings.ts'

const configuration = read('docs/configuration.md')
const traitsAndMoments = read('docs/traits-and-moments.md')
const plugin = read('docs/plugin.md')
const readme = read('README.md')

/** A default as a document writes it, such as `'30m'` or `['medium', 'high']`. */
function literal(text: string): unknown {
  return structuredClone(runInNewContext(`(${text})`))
}

test('every setting has its row, and every row a setting', () => {
  const rows = rowsOf(sectionOf(configuration, 'Behaviour'))
  const named = rows.filter(cells => cells.length === 4).map(([name]) => name)
  expect(named.filter(name => name !== 'setting').toSorted()).toEqual(SETTINGS.toSorted())
})

test.each(['docs/configuration.md', 'docs/traits-and-moments.md'])('the defaults in %s are the code\u2019s', path => {
  const rows = rowsOf(read(path)).filter(([name = '']) => SETTINGS.includes(name) && name !== 'weights.events')
  expect(rows.length).toBeGreaterThan(10)
  for (const [name = '', value = ''] of rows)
    expect({ name, ...parsePolicy(configWith(name, literal(value))) }).toEqual({
      name,
      kind: 'ok',
      policy: defaultPolicy,
    })
})

test('the bounds in the table of settings are the code\u2019s', () => {
  const rows = rowsOf(configuration).filter(([name = '']) => SETTINGS.includes(name))
  const compared = rows.flatMap(([name = '', , written]) => {
    const bounds = boundsOf(name)
    return bounds === undefined ? [] : [{ name, written, bounds }]
  })
  expect(compared.length).toBeGreaterThan(35)
  for (const { name, written, bounds } of compared) expect(`${name}: ${written}`).toBe(`${name}: ${bounds}`)
})

/** What the parser says it expects, asked with a value that is wrong everywhere. */
function boundsOf(path: string): string | undefined {
  const parsed = parsePolicy(configWith(path, -1))
  const problem = parsed.kind === 'invalid' ? parsed.problems.join() : ''
  if (problem.includes('a duration with its unit')) return 'duration'
  return /expected (?:a (?:whole )?number from )?(true or false|[\d.]+ to [\d.]+)$/.exec(problem)?.[1]
}

test('the bounds of a cap are the code\u2019s', () => {
  const [, , written = ''] = rowsOf(configuration).find(([name]) => name === 'caps') ?? []
  const parsed = parsePolicy({ caps: [{ limit: 0, within: '1d' }] })
  const [, bounds = 'none'] =
    /whole number from ([\d to]+)/.exec(parsed.kind === 'invalid' ? parsed.problems.join() : '') ?? []
  expect(written).toBe(`limit ${bounds}, within a duration`)
})

test('every condition of a custom moment has its row', () => {
  const rows = rowsOf(sectionOf(configuration, 'Moments of your own')).filter(cells => cells.length === 3)
  expect(rows.slice(1).map(([name]) => name)).toEqual(membersOf('customMoments', 'items', 'when'))
})

/** Names of the settings within a part of the configuration, as the JSON Schema has them. */
function membersOf(...path: readonly string[]): readonly string[] {
  const part = path.reduce<unknown>((inner, name) => {
    const { properties, items } = Object(inner)
    return name === 'items' ? items : Object(properties)[name]
  }, configSchema())
  return Object.keys(Object(Object(part).properties))
}

test('the table of page types is the code\u2019s', () => {
  const [, ...rows] = rowsOf(sectionOf(configuration, 'Pages'))
  const written = rows.map(([type, paths = '']) => ({ type, paths: paths.replaceAll('`', '').split(', ') }))
  expect(written).toEqual(defaultPolicy.pages)
})

test('every variable is documented with its default and bounds', () => {
  const [, ...rows] = rowsOf(sectionOf(configuration, 'Environment'))
  const supported = Object.entries(VARIABLES)
  expect(rows.map(([name, value, bounds]) => [name, value, bounds])).toEqual(
    supported.map(([name, variable]) => [name, variable.default ?? '–', variable.expected]),
  )
  for (const name of Object.keys(VARIABLES)) expect(configuration).toContain(`\`${name}\``)
})

test('the first page names the same variables with the same defaults', () => {
  const written = rowsOf(sectionOf(readme, 'Configure it'))
    .slice(1)
    .map(([name = '', value]) => [name, value])
  const supported = Object.entries(VARIABLES)
  expect(new Map(written.map(([name = '', value]) => [name, value]))).toEqual(
    new Map(supported.map(([name, variable]) => [name, variable.default ?? '–'])),
  )
})

test('every trait is documented with its type and when it is written', () => {
  const [, ...rows] = rowsOf(sectionOf(traitsAndMoments, 'Traits'))
  const { prefix } = defaultPolicy.traits
  expect(rows.map(([name, type, , written]) => ({ name, type, written }))).toEqual(
    TRAITS.map(({ name, type, written }) => ({ name: prefix + name, type, written })),
  )
  for (const { name } of TRAITS) expect(sectionOf(readme, 'What is written')).toContain(`| \`${prefix}${name}\` |`)
})

/** The compiler is half of this test: an option that is not listed here does not compile. */
const OPTIONS: Readonly<Record<Exclude<keyof EngagementOptions, 'thresholds'>, string | undefined>> = {
  pageType: '–',
  heartbeatMs: undefined,
  idleMs: undefined,
  maxCalls: undefined,
  respectGpc: 'true',
  sections: '–',
  routes: "'path'",
  frames: 'false',
  consent: "'segment'",
  consentCategories: '–',
  transport: "'segment'",
  endpoint: '–',
  integrations: '–',
}

test('every option of the plugin is documented with its default', () => {
  const defaults = toSettings({})
  const expected = new Map<string, unknown>(Object.entries(OPTIONS))
  for (const name of ['heartbeatMs', 'idleMs', 'maxCalls'] as const) expected.set(name, String(defaults[name]))
  for (const name of ['hoverMs', 'scrollDepth', 'activeMs'] as const)
    expected.set(`thresholds.${name}`, `[${defaults[name].join(', ')}]`)
  const [, ...rows] = rowsOf(sectionOf(plugin, 'Options'))
  expect(new Map(rows.map(([name = '', value]) => [name, value]))).toEqual(expected)
})

/** The compiler is half of this test too: what the contract has must stand here, and whether it may be missing. */
const PROPERTIES: {
  readonly [K in keyof EngagementProperties]-?: object extends Pick<EngagementProperties, K> ? 'sometimes' : 'always'
} = {
  pageview_id: 'always',
  sequence: 'always',
  reason: 'always',
  page_type: 'sometimes',
  active_ms: 'always',
  visible_ms: 'always',
  scroll_depth: 'always',
  scrollable: 'always',
  screens_seen: 'sometimes',
  scroll_velocity: 'always',
  time_to_first_interaction_ms: 'sometimes',
  hovers: 'always',
  clicks: 'always',
  rage_clicks: 'always',
  dead_clicks: 'always',
  outbound_clicks: 'always',
  downloads: 'always',
  copies: 'always',
  form: 'sometimes',
  videos: 'always',
  sections: 'always',
  exit: 'sometimes',
  automation: 'always',
  device: 'always',
  local_hour: 'always',
  time_zone: 'always',
}

test('every property that the plugin sends is documented, and whether it may be missing', () => {
  const [, ...rows] = rowsOf(sectionOf(plugin, 'Every property'))
  expect(rows.map(([name, present]) => [name, present])).toEqual(Object.entries(PROPERTIES))
  for (const [list, limit] of Object.entries(LIST_LIMITS))
    expect(rows.find(([name]) => name === list)).toContainEqual(expect.stringMatching(new RegExp(`\\b${limit}\\b`)))
  expect(plugin).toContain(`never exceeds ${MAX_SUMMARY_BYTES.toLocaleString('en')} bytes`)
})

test('the example of a message has what a message has', () => {
  const [json = ''] = fencesOf(sectionOf(plugin, 'What is sent'), 'json')
  const { messageId, properties } = JSON.parse(json)
  const always = Object.entries(PROPERTIES).flatMap(([name, present]) => (present === 'always' ? [name] : []))
  expect(Object.keys(PROPERTIES)).toEqual(expect.arrayContaining(Object.keys(properties)))
  expect(Object.keys(properties)).toEqual(expect.arrayContaining(always))
  expect(messageId).toBe(`${properties.pageview_id}.${properties.sequence}`)
})

test('every route of the first page is there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'inkling-docs-'))
  const destination = await createDestination({ environment: { DATA_DIR: folder } })
  const server = createServer(destination.handler).listen(0, '127.0.0.1')
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise(done => server.close(done))
    await destination.stop()
    await rm(folder, { recursive: true })
  })
  await new Promise(listening => server.once('listening', listening))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const [, ...rows] = rowsOf(sectionOf(readme, 'Operate it'))
  expect(rows.length).toBeGreaterThan(3)
  for (const [route = ''] of rows) {
    const answer = await fetch(`http://127.0.0.1:${port}${route.replace('GET ', '')}`)
    expect(`${route}: ${await answer.text()}`).not.toContain('not_found')
  }
})

test.each(DOCUMENTS)('every link and image of %s leads somewhere', path => {
  const broken = linksOf(read(path)).filter(({ file, anchor }) => {
    const target = file === '' ? path : join(dirname(path), file)
    if (!existsSync(target)) return true
    return anchor !== '' && !anchorsOf(read(target)).includes(anchor)
  })
  expect(broken).toEqual([])
})

test.each(DOCUMENTS)('every script that %s mentions exists', path => {
  const mentioned = [...read(path).matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name)
  expect(mentioned.filter(name => !Object.hasOwn(manifest.scripts, name))).toEqual([])
})

test('every TypeScript snippet compiles for a user of this package', async () => {
  const { folder, names } = await snippets()
  expect(names.length).toBeGreaterThan(6)
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: COMPILER, include: ['*.ts'] }))
  const mistakes = await run(process.execPath, [resolve('node_modules/typescript/bin/tsc'), '-p', folder]).then(
    () => '',
    ({ stdout }: { stdout: string }) => stdout,
  )
  expect(mistakes).toBe('')
})

test('every configuration in the documents is one the service takes', async () => {
  const { folder, names } = await snippets('defineConfig(')
  expect(names.length).toBeGreaterThan(3)
  for (const name of names) {
    const { stdout } = await run(
      process.execPath,
      [resolve('dist/src/destination/main.js'), 'check', '--config', name],
      {
        cwd: folder,
        env: {},
      },
    )
    expect(stdout).toContain(`Behaviour, from ${join(folder, name)}`)
  }
})

const run = promisify(execFile)

/** The TypeScript of all documents that holds `word`, as files beside our package, as a user has it. */
async function snippets(word = ''): Promise<{ readonly folder: string; readonly names: readonly string[] }> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'inkling-snippets-')))
  onTestFinished(() => rm(folder, { recursive: true }))
  const found = DOCUMENTS.flatMap(path =>
    fencesOf(read(path), 'ts').map((code, index) => [`${path.replaceAll('/', '-')}-${index + 1}.ts`, code] as const),
  ).filter(([, code]) => code.includes(word))
  for (const [name, code] of found) await writeFile(join(folder, name), code)
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  await symlink(await userModules(folder), join(folder, 'node_modules'))
  return { folder, names: found.map(([name]) => name) }
}

const COMPILER = {
  ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, skipLibCheck: true },
  ...{ target: 'es2024', lib: ['es2024', 'dom'], module: 'nodenext', types: ['node'], noEmit: true },
}

/** Our package beside what we have installed: what a user has after `npm install segment-inkling`. */
async function userModules(folder: string): Promise<string> {
  const modules = join(folder, 'modules')
  await mkdir(modules)
  await symlink(resolve('.'), join(modules, 'segment-inkling'))
  for (const name of ['@segment', '@types']) await symlink(resolve('node_modules', name), join(modules, name))
  return modules
}
