/** `replay` and `calibrate` as a marketer runs them. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sampleStream } from '../../../scripts/sample-stream.ts'
import { endOf, runCommand, startCommand } from '../../support/run-command.ts'

let folder: string
const run = (args: readonly string[], input?: string | Uint8Array) =>
  runCommand(args, { folder, ...(input !== undefined && { input }) })

const stream = sampleStream(120)
  .map(message => `${JSON.stringify(message)}\n`)
  .join('')

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'inkling-replay-'))
  writeFileSync(join(folder, 'stream.jsonl'), stream)
  writeFileSync(join(folder, 'stream.jsonl.gz'), gzipSync(stream))
  writeFileSync(join(folder, 'sooner.config.ts'), "export default { moments: { pricingIntent: { dwell: '30s' } } }\n")
})
afterAll(() => rmSync(folder, { recursive: true }))

interface Reported {
  readonly messages: number
  readonly moments: readonly {
    readonly moment: string
    readonly fired: { readonly would: number; readonly compared?: number }
  }[]
  readonly days: readonly {
    readonly moment: string
    readonly day: string
    readonly fired: { readonly would: number }
  }[]
}

async function report(args: readonly string[], input?: string | Uint8Array): Promise<Reported> {
  const { code, out, err } = await run(['replay', '--format', 'json', ...args], input)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return JSON.parse(out)
}

const firedOf = ({ moments }: Reported, name: string) => moments.find(({ moment }) => moment === name)?.fired

test('an exported stream is the same from a file, a gzipped file and standard input', async () => {
  const file = await report(['--input', 'stream.jsonl'])
  expect(file.messages).toBe(stream.split('\n').length - 1)
  const ways = [await report(['--input', 'stream.jsonl.gz']), await report(['--input', '-'], stream)]
  for (const other of ways) expect({ ...other, source: '' }).toEqual({ ...file, source: '' })
})

test('a candidate is compared with the configuration here, and says who would be reached by it alone', async () => {
  const args = ['--input', 'stream.jsonl', '--config', 'sooner.config.ts', '--compare']
  const { would = 0, compared = 0 } = firedOf(await report(args), 'Pricing Intent Detected') ?? {}
  expect(would).toBeGreaterThan(compared)
  const { out } = await run(['replay', ...args])
  expect(out).toContain('under sooner.config.ts, compared with the defaults')
  expect(out).toMatch(new RegExp(`Pricing Intent Detected +${would} +${compared} +\\+${would - compared} `))
  expect(out).toMatch(/Pricing Intent Detected, only under sooner\.config\.ts\n {2}\d{4}-.*\n {4}Spent \d+ s active/)
  const swapped = await report(['--input', 'stream.jsonl', '--compare', 'sooner.config.ts'])
  expect(firedOf(swapped, 'Pricing Intent Detected')).toEqual({ would: compared, compared: would })
})

test('the days are sums of the moments, also as CSV and split by a property', async () => {
  const whole = await report(['--input', 'stream.jsonl'])
  const split = await run([
    'replay',
    '--input',
    'stream.jsonl',
    '--format',
    'csv',
    '--by',
    'level',
    '--out',
    'days.csv',
  ])
  expect(split).toMatchObject({ code: 0, out: '', err: expect.stringContaining('days.csv') })
  const [header, ...rows] = readFileSync(join(folder, 'days.csv'), 'utf8').trim().split('\n')
  expect(header).toBe('day,moment,level,would_fire')
  for (const { moment, fired } of whole.moments) {
    const cells = rows.map(row => row.split(',')).filter(row => row[1] === moment)
    expect(cells.reduce((sum, row) => sum + Number(row[3]), 0)).toBe(fired.would)
  }
  expect(rows.some(row => row.includes(',high,'))).toBe(true)
})

test('a part of the time is reported as it is within the whole', async () => {
  const whole = await report(['--input', 'stream.jsonl'])
  const part = await report(['--input', 'stream.jsonl', '--from', '2026-03-04', '--to', '2026-03-05'])
  expect(part.messages).toBe(whole.messages)
  expect(part.days.length).toBeGreaterThan(0)
  expect(part.days).toEqual(whole.days.filter(({ day }) => day === '2026-03-04'))
})

test('broken lines are counted and told, and the rest is played', async () => {
  const { code, out, err } = await run(['replay', '--input', '-'], `not json\n${stream}{"type":"page"}\n`)
  expect(code).toBe(0)
  expect(err).toContain('2 lines were passed over:\n  line 1: found 8 bytes, expected JSON')
  expect(out).toContain('of 120 people')
})

test('what is wrong with the call is said, all of it, and nothing is run', async () => {
  const { code, err } = await run([
    'replay',
    '--input',
    'none.jsonl',
    '--from',
    'yesterday',
    '--config',
    'none.ts',
    '--examples',
    'all',
  ])
  expect(code).toBe(1)
  for (const part of ['--input: there is no file', '--from: found "yesterday"', 'none.ts', '--examples'])
    expect(err).toContain(part)
  expect(await run(['replay', '--input', 'stream.jsonl', '--compare'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('name one configuration'),
  })
  expect(await run(['replay', '--format', 'xml', '--input', 'stream.jsonl'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('expected table, csv, json'),
  })
  expect(await run(['replay'])).toMatchObject({ code: 1, err: expect.stringContaining('There is no data folder') })
  expect(existsSync(join(folder, 'data'))).toBe(false)
})

test('Ctrl-C ends a replay that waits for more, and says that nothing was written', async () => {
  const child = startCommand(['replay', '--input', '-', '--out', 'report.txt'], { folder })
  const ended = endOf(child)
  // More than the pipe and the reader hold: once it is taken, the replay is under way.
  await new Promise(taken => child.stdin.write(stream.repeat(4), taken))
  child.kill('SIGINT')
  expect(await ended).toMatchObject({ code: 130, out: '', err: expect.stringContaining('Nothing was written.') })
  expect(existsSync(join(folder, 'report.txt'))).toBe(false)
})

const calibrating = ['calibrate', '--input', 'stream.jsonl', '--moment', 'pricing intent detected']

test('calibrate tries every value and sets out what it would mean, as a table, a plot and CSV', async () => {
  const args = [...calibrating, '--parameter', 'moments.pricingIntent.dwell', '--values', '30s,90s', '--within', '2d']
  const { code, out, err } = await run(args)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toMatch(/dwell +reached +judged +ordered +precision/)
  expect(out).toMatch(/People reached\n {2}30s \|#{40} \d+\n {2}90s \|#+ \d+/)
  const csv = await run([...args, '--format', 'csv'])
  const [header = '', sooner = '', later = ''] = csv.out.split('\n')
  const reached = header.split(',').indexOf('reached')
  expect(Number(sooner.split(',')[reached])).toBeGreaterThan(Number(later.split(',')[reached]))
  // The same value reaches in a calibration whom it reaches in a replay.
  const replayed = await report(['--input', 'stream.jsonl'])
  expect(Number(later.split(',')[reached])).toBeLessThanOrEqual(
    firedOf(replayed, 'Pricing Intent Detected')?.would ?? 0,
  )
})

test('calibrate names what there is when a moment or a setting does not exist, and says what a value must be', async () => {
  expect(
    await run(['calibrate', '--input', 'stream.jsonl', '--moment', 'Nothing', '--parameter', 'x', '--values', '1']),
  ).toMatchObject({
    code: 1,
    err: expect.stringContaining('  Cart Abandoned'),
  })
  const unknown = await run([...calibrating, '--parameter', 'moments.pricingIntent.dwel', '--values', '30s'])
  expect(unknown.code).toBe(1)
  expect(unknown.err).toContain('moments.pricingIntent.dwel: there is no such setting')
  expect(unknown.err).toContain('  moments.pricingIntent.dwell (now 90s)')
  const wrong = await run([...calibrating, '--parameter', 'moments.pricingIntent.dwell', '--values', '30'])
  expect(wrong.err).toContain('expected a duration with its unit')
  expect(wrong.err).not.toContain('The settings are')
  expect(await run([...calibrating, '--parameter', 'levels.low', '--values', '0.1', '--input', '-'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('name a file'),
  })
})
