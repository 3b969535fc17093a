/**
 * Runs the commands of docs/backtest.md on the made-up shop and writes what they say below them.
 *
 * npm run -s build && node scripts/document-backtest.ts
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sampleStream } from './sample-stream.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
export const DOCUMENT: string = join(root, 'docs/backtest.md')

const COMMAND = /(```sh\nnpx inkling (.+)\n```\n\n```text\n)([\s\S]*?)(```)/g

/** A platform to write to; a dry run asks it nothing. */
const ENVIRONMENT = { KLAVIYO_API_KEY: 'pk_example' }

/** @returns the document with the output of each command as it is now. */
export function withOutput(markdown: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'inkling-document-'))
  try {
    const stream = sampleStream(300).map(message => JSON.stringify(message))
    writeFileSync(join(folder, 'stream.jsonl'), stream.join('\n'))
    const [, config = ''] = /```ts\n([\s\S]*?)```/.exec(markdown) ?? []
    writeFileSync(join(folder, 'candidate.config.ts'), config)
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    mkdirSync(join(folder, 'node_modules'))
    symlinkSync(root, join(folder, 'node_modules/segment-inkling'), 'dir')
    return markdown.replace(COMMAND, (_, before: string, line: string, _old: string, end: string) => {
      const args = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
      const main = join(root, 'dist/src/destination/main.js')
      const output = execFileSync(process.execPath, [main, ...args], {
        cwd: folder,
        env: ENVIRONMENT,
        encoding: 'utf8',
      })
      return before + output + end
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(DOCUMENT, withOutput(readFileSync(DOCUMENT, 'utf8')))
}
