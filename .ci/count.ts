/** Prints `<passed> <failed>` from vitest's JSON report: `node count.ts <report> <vitest's exit code>`. */
import { readFileSync } from 'node:fs'

interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly object[] }[]
}

const [path = '', exitCode = '1'] = process.argv.slice(2)
const report: Report = JSON.parse(readFileSync(path, 'utf8'))
// A file that could not even be loaded has no tests to fail.
const unloaded = report.testResults.filter(file => file.status === 'failed' && file.assertionResults.length === 0)
const failed = report.numFailedTests + unloaded.length
// What fails outside of any test, such as an unhandled rejection, shows in the exit code alone.
const unaccounted = (exitCode !== '0' && failed === 0) || report.numPassedTests + failed === 0
process.stdout.write(`${report.numPassedTests} ${failed + (unaccounted ? 1 : 0)}\n`)
