/**
 * Whether a dependency that is shipped is known to be vulnerable, high or worse. Not every registry answers that question: where
 * this one does not, that is said, and counts as nothing found.
 */
import { spawnSync } from 'node:child_process'

const { stdout, stderr } = spawnSync('npm', ['audit', '--omit=dev', '--audit-level=high', '--json'], {
  encoding: 'utf8',
})
const found: unknown = JSON.parse(stdout === '' ? '{}' : stdout)
const counts = countsIn(found)
if (counts === undefined) {
  say(`The registry could not be asked for advisories: ${stderr.trim().split('\n')[0] ?? 'it said nothing'}`)
} else {
  say(`Advisories by severity: ${JSON.stringify(counts)}`)
  if ((counts['high'] ?? 0) + (counts['critical'] ?? 0) > 0) {
    say('npm audit --omit=dev names them.')
    process.exitCode = 1
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

function countsIn(value: unknown): Readonly<Record<string, number>> | undefined {
  const metadata = isObject(value) ? value['metadata'] : undefined
  const vulnerabilities = isObject(metadata) ? metadata['vulnerabilities'] : undefined
  if (!isObject(vulnerabilities)) return undefined
  return Object.fromEntries(Object.entries(vulnerabilities).map(([severity, count]) => [severity, Number(count)]))
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
