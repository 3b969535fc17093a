/** The house rules a machine can hold: floors, cycles, the world kept out of the pure rooms, names. */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'

/** The first pattern that fits says on which floor a file lives. A file imports from its own floor or below. */
const FLOORS: readonly (readonly [RegExp, number])[] = [
  [/^destination\/(main|index|service|embedded|scaled)\.ts$|^destination\/commands\//, 5],
  [
    /^destination\/(app|levels|listen|metrics|to-log-event|traces)\.ts$|^destination\/routes\/|^browser-plugin\/index\.ts$/,
    4,
  ],
  [
    /^destination\/(backbone|dead-letters|erase|forget|ingest|loop|read-back|retain)\.ts$|^destination\/feedback\/(keep|poll)\.ts$|^destination\/backtest\/(run|write-history)\.ts$|^destination\/intake\/follow\.ts$|^destination\/delivery\/(dispatch|flight|grip)\.ts$/,
    3,
  ],
  [
    /^browser-plugin\/(address|analytics|automation|beacon|click|consent|copy|dead-click|device|dwell|exit|form|hover|options|page-type|page-view|plugin|rage-click|scroll|section|unsent|video|view)\.ts$/,
    3,
  ],
  [
    /^destination\/(lock|thread)\.ts$|^destination\/store\/(sqlite.*|migrate|transaction|postgres\/.*)\.ts$|^destination\/intake\/(sqlite.*|kafka\/(client|fetch|group|read-topic|setup|topic))\.ts$|^destination\/backtest\/(jsonl|seen|stored-log|topic|written)\.ts$|^browser-plugin\/(page|tracker)\.ts$/,
    2,
  ],
  [
    /^connectors\/(index|preview|request|lanes|patience|rounds|waves|feedback-sources)\.ts$|^connectors\/[^/]+\/index\.ts$|^connectors\/[^/]+\/(bulk|call|contacts|definitions|deletion|drafts|feed|joining|read|read-back|sdk|setup|site|workflows)\.ts$/,
    2,
  ],
  [/^browser-plugin\/signals\.ts$|^connectors\/(connector|feedback)\.ts$|^destination\/engine\/(time|message)\.ts$/, 0],
  [/^destination\/(log-event|define-config)\.ts$|^destination\/intake\/log\.ts$/, 0],
  [/./, 1],
]

const files = globSync('src/**/*.ts').map(file => normalize(file).slice('src/'.length).replaceAll('\\', '/'))
const source = (file: string) => readFileSync(join('src', file), 'utf8')
/** Comments and texts out, so that words in them are not taken for code. */
const code = (file: string) =>
  source(file)
    .replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, '')
    .replace(/'(?:[^'\\\n]|\\.)*'|`(?:[^`\\$]|\\.)*`/g, "''")
const floorOf = (file: string) => FLOORS.find(([pattern]) => pattern.test(file))?.[1] ?? 1
const importsOf = (file: string) =>
  [...source(file).matchAll(/(?:from|import\()\s*'([^']+)'/g)].map(([, name = '']) =>
    name.startsWith('.') ? join(dirname(file), name).replaceAll('\\', '/') : name,
  )
const ours = (name: string) => files.includes(name)

test('there is something to hold', () => {
  expect(files.length).toBeGreaterThan(60)
  expect(importsOf('destination/people.ts')).toContain('destination/engine/decide.ts')
})

test('every file imports from its own floor or below', () => {
  const climbing = files.flatMap(file =>
    importsOf(file)
      .filter(name => ours(name) && floorOf(name) > floorOf(file))
      .map(name => `${file} → ${name}`),
  )
  expect(climbing).toEqual([])
})

test('nothing imports in a circle, types included', () => {
  const state = new Map<string, 'open' | 'done'>()
  const circles: string[] = []
  const visit = (file: string, path: readonly string[]) => {
    if (state.get(file) === 'done') return
    if (state.get(file) === 'open') return void circles.push([...path.slice(path.indexOf(file)), file].join(' → '))
    state.set(file, 'open')
    for (const name of importsOf(file).filter(ours)) visit(name, [...path, file])
    state.set(file, 'done')
  }
  for (const file of files) visit(file, [])
  expect(circles).toEqual([])
})

test('arrows between the three folders go one way', () => {
  const allowed: Readonly<Record<string, RegExp>> = {
    'browser-plugin': /^browser-plugin\//,
    connectors: /^connectors\//,
    destination: /^(destination|connectors)\/|^browser-plugin\/signals\.ts$/,
  }
  const strays = files.flatMap(file => {
    const own = allowed[file.split('/')[0] ?? ''] ?? /^$/
    return importsOf(file)
      .filter(name => ours(name) && !own.test(name))
      .map(name => `${file} → ${name}`)
  })
  expect(strays).toEqual([])
})

test('the engine imports only itself and the signals, no package', () => {
  const engine = files.filter(file => file.startsWith('destination/engine/'))
  const strays = engine.flatMap(file =>
    importsOf(file)
      .filter(name => !/^destination\/engine\/|^browser-plugin\/signals\.ts$/.test(name))
      .map(name => `${file} → ${name}`),
  )
  expect(strays).toEqual([])
})

test('one connector or store never imports another', () => {
  const strays = files
    .filter(file => /^connectors\/[^/]+\//.test(file))
    .flatMap(file =>
      importsOf(file)
        .filter(name => /^connectors\/[^/]+\//.test(name) && dirname(name) !== dirname(file))
        .map(name => `${file} → ${name}`),
    )
  expect(strays).toEqual([])
})

test('where one machine does all, no package of Kafka or Postgres is loaded', () => {
  // What is imported by a call is loaded when it is needed.
  const loadedBy = (file: string) =>
    [...source(file).matchAll(/^(?:import|export)(?! type )[^;]*?from\s*'([^']+)'/gm)].map(([, name = '']) =>
      name.startsWith('.') ? join(dirname(file), name).replaceAll('\\', '/') : name,
    )
  const loaded = new Set<string>()
  const load = (file: string) => {
    if (loaded.has(file)) return
    loaded.add(file)
    if (ours(file)) for (const name of loadedBy(file)) load(name)
  }
  for (const file of files)
    if (/^destination\/(main|index|service)\.ts$|^destination\/commands\//.test(file)) load(file)
  expect(loaded).toContain('prom-client')
  expect(
    [...loaded].filter(name => /^pg$|^@platformatic\/|\/postgres\/|kafka\/(client|topic|fetch|group)/.test(name)),
  ).toEqual([])
})

test('the plugin depends on no package', () => {
  const strays = files
    .filter(file => file.startsWith('browser-plugin/'))
    .flatMap(file => importsOf(file).filter(name => !ours(name)))
  expect(strays).toEqual([])
})

test.each([
  ['cloud', /^catalog\/cloud\/|^@segment\/actions-core$|^crypto$/],
  ['web', /^catalog\/web\/|^@segment\/(browser-destination-runtime\/|actions-core$|analytics-next$)/],
])('catalog/%s can live in another repository: it imports itself, the framework and Node', (half, allowed) => {
  const sources = globSync(`catalog/${half}/**/*.ts`).map(file => normalize(file).replaceAll('\\', '/'))
  const strays = sources.flatMap(file =>
    [...readFileSync(file, 'utf8').matchAll(/from '([^']+)'/g)]
      .map(([, name = '']) => (name.startsWith('.') ? join(dirname(file), name).replaceAll('\\', '/') : name))
      .filter(name => !allowed.test(name))
      .filter(name => name !== 'nock' || !file.includes('/__tests__/'))
      // On its way there, the whole plugin is put into this file.
      .filter(name => name !== 'src/browser-plugin/index' || file !== 'catalog/web/src/plugin.ts')
      .map(name => `${file} → ${name}`),
  )
  expect(sources.length).toBeGreaterThan(7)
  expect(strays).toEqual([])
})

/** Globals that bring the world in, and the rooms they may be used in. */
const WORLD: readonly (readonly [string, RegExp, (file: string) => boolean])[] = [
  ['process', /(?<![.\w])process\./, file => file === 'destination/main.ts'],
  ['console', /(?<![.\w])console\./, () => false],
  [
    'the clock',
    /(?<![.\w])(Date\.now\(|new Date\(\)|performance\.)/,
    file => ['destination/main.ts', 'browser-plugin/page.ts'].includes(file),
  ],
  ['randomness', /(?<![.\w])(Math\.random\(|crypto\.randomUUID\()/, file => ['browser-plugin/page.ts'].includes(file)],
  ['timers', /(?<![.\w])(setTimeout|setInterval|setImmediate)\(/, file => floorOf(file) >= 2],
  [
    'the network',
    /(?<![.\w])fetch\(/,
    file => ['connectors/request.ts', 'browser-plugin/page.ts', 'browser-plugin/beacon.ts'].includes(file),
  ],
  [
    'the page',
    /(?<![.\w])(document|window|navigator|location)\./,
    file =>
      /^browser-plugin\/(address|automation|beacon|click|device|element-name|page|page-type|page-view|plugin|section)\.ts$/.test(
        file,
      ),
  ],
]

test.each(WORLD)('%s comes in where it is let in, and nowhere else', (_name, pattern, allowed) => {
  expect(files.filter(file => !allowed(file) && pattern.test(code(file)))).toEqual([])
})

test('no file is a drawer, and nothing is exported as default', () => {
  expect(files.filter(file => /(^|\/)(utils?|helpers?|lib|common|types|misc)(\/|\.ts$)/.test(file))).toEqual([])
  expect(files.filter(file => /^export default/m.test(code(file)))).toEqual([])
})

test('no test is skipped or left alone', () => {
  const tests = globSync(['test/**/*.ts', 'catalog/**/__tests__/*.ts']).filter(
    file => !file.endsWith('structure.test.ts'),
  )
  expect(tests.filter(file => /\b(it|test|describe)\.(only|todo)\(/.test(readFileSync(file, 'utf8')))).toEqual([])
})
