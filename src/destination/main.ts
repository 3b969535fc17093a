#!/usr/bin/env -S node --max-semi-space-size=64
/**
 * The command `inkling`: the only file with the process.
 *
 * What a message leaves behind is gone within milliseconds. With room for that, V8 finds it before it takes it for
 * something lasting. It costs up to three times as much memory as it says.
 */
const NEEDED = 24
const found = Number(process.versions.node.split('.')[0])

if (found < NEEDED) {
  process.stderr.write(
    `Inkling needs Node ${NEEDED} or later; this is ${process.versions.node}. Run it with: npx -p node@${NEEDED} -p segment-inkling inkling\n`,
  )
  process.exitCode = 1
} else {
  // Imported only now: older versions of Node fail on the first line that names a module they lack.
  const { runCommand } = await import('./commands/index.ts')
  const { printable } = await import('./commands/printable.ts')
  // Into a file or another program, everything goes as it is.
  const shown = process.stdout.isTTY ? printable : (line: string) => line
  // Whoever reads our output may have read enough, as `head` does.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit()
  })
  process.exitCode = await runCommand(process.argv.slice(2), {
    environment: process.env,
    folder: process.cwd(),
    now: Date.now,
    random: Math.random,
    out: line => void process.stdout.write(`${shown(line)}\n`),
    err: line => void process.stderr.write(`${line}\n`),
    ...(process.stderr.isTTY && { status: text => void process.stderr.write(`\r\x1b[2K${text}`) }),
    stdin: () => process.stdin,
    request: fetch,
    untilAskedToStop: () =>
      new Promise(resolve => {
        process.once('SIGINT', () => resolve())
        process.once('SIGTERM', () => resolve())
      }),
  })
}
