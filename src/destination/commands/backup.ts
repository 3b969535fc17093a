import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { backup as copyDatabase, DatabaseSync } from 'node:sqlite'
import { findDataFolder } from './backtest-input.ts'
import { type Command, EXIT, type Terminal } from './command.ts'
import { readCommandLine } from './options.ts'
import { createProgress } from './progress.ts'
import { count } from './table.ts'

const HELP = `Usage: inkling backup <folder>

Copies log and store of DATA_DIR into a new folder, also while the service runs, and checks the copy. The folder can be
used as DATA_DIR as it is: what was acknowledged before the backup began is in it.

  <folder>          must not exist, or be empty`

/** In this order: whatever the store has decided on by then is in the log by then. */
const FILES = ['store.db', 'log.db'] as const
/** Pages between two looks at the clock; each is a moment in which the service does not wait. */
const PAGES_AT_ONCE = 2_000

export const backup: Command = async (args, terminal) => {
  const line = readCommandLine(args, { options: {}, operands: 1 }, HELP, terminal)
  if (typeof line === 'number') return line
  const target = resolve(terminal.folder, line.operands[0] ?? '')
  const source = findDataFolder(terminal.environment, terminal.folder)
  if (source.kind === 'invalid') {
    terminal.err(source.problem)
    return EXIT.failed
  }
  if (existsSync(target) && (!statSync(target).isDirectory() || readdirSync(target).length > 0)) {
    terminal.err(`${target} is there already. Name a folder that does not exist, or an empty one.`)
    return EXIT.failed
  }
  try {
    mkdirSync(target, { recursive: true, mode: 0o700 })
    for (const file of FILES) await copy(join(source.value, file), join(target, file), terminal)
    const { bytes, requests, decided } = check(target)
    terminal.out(
      `Copied to ${target}: ${count(requests)} requests, ${count(decided)} of them decided on, ${count(Math.round(bytes / 1e6))} MB. Checked: both files are whole.`,
    )
    return EXIT.done
  } catch (error) {
    terminal.err(`The backup failed: ${error instanceof Error ? error.message : String(error)}`)
    return EXIT.failed
  }
}

/** Under another name until it is whole: what has its name is a backup. */
async function copy(from: string, to: string, terminal: Terminal): Promise<void> {
  const progress = createProgress(terminal)
  const partial = `${to}.partial`
  const db = new DatabaseSync(from, { readOnly: true, timeout: 5_000 })
  try {
    await copyDatabase(db, partial, {
      rate: PAGES_AT_ONCE,
      progress: ({ totalPages, remainingPages }) =>
        progress.show(totalPages === 0 ? 1 : 1 - remainingPages / totalPages, to),
    })
    renameSync(partial, to)
  } catch (error) {
    rmSync(partial, { force: true })
    throw error
  } finally {
    progress.clear()
    db.close()
  }
}

function check(folder: string): { readonly bytes: number; readonly requests: number; readonly decided: number } {
  const value = (file: string, query: string) => {
    // Not read-only: then the files beside it would stay.
    const db = new DatabaseSync(join(folder, file))
    try {
      const [integrity] = Object.values(db.prepare('pragma integrity_check').get() ?? {})
      if (integrity !== 'ok') throw new Error(`${file} is not whole: ${integrity}`)
      return Number(Object.values(db.prepare(query).get() ?? { none: 0 })[0])
    } finally {
      db.close()
    }
  }
  const requests = value('log.db', 'select coalesce(max(position), 0) from request')
  const decided = value('store.db', "select coalesce((select value from meta where key = 'cursor'), 0)")
  if (decided > requests) throw new Error(`the store has decided on ${decided} requests, and the log has ${requests}`)
  return { bytes: FILES.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0), requests, decided }
}
