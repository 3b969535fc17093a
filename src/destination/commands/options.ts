import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { EXIT, type Terminal } from './command.ts'

/** Option name → text, or `'true'` for a flag; absent ones are absent. */
export type Options = Readonly<Record<string, string | undefined>>

/** Reads a command's options. @returns them, or the exit code after the help or the mistake was printed. */
export function readOptions(
  args: readonly string[],
  options: ParseArgsOptionsConfig,
  help: string,
  terminal: Terminal,
): Options | number {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { ...options, help: { type: 'boolean', short: 'h' } },
      strict: true,
    })
    if (values['help'] !== true)
      return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]))
    terminal.out(help)
    return EXIT.done
  } catch (error) {
    terminal.err(`${error instanceof Error ? error.message : String(error)}\n\n${help}`)
    return EXIT.misused
  }
}
