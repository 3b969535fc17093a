import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { EXIT, type Terminal } from './command.ts'

/** Option name → text, or `'true'` for a flag; absent ones are absent. */
export type Options = Readonly<Record<string, string | undefined>>

type Voice = Pick<Terminal, 'out' | 'err'>

/** Reads a command's options. @returns them, or the exit code after the help or the mistake was printed. */
export function readOptions(
  args: readonly string[],
  options: ParseArgsOptionsConfig,
  help: string,
  terminal: Voice,
): Options | number {
  const line = readCommandLine(args, { options, operands: 0 }, help, terminal)
  return typeof line === 'number' ? line : line.options
}

export interface CommandLine {
  readonly options: Options
  /** The words beside the options. */
  readonly operands: readonly string[]
}

/** The same for a command that takes words beside its options, exactly `operands` of them. */
export function readCommandLine(
  args: readonly string[],
  accepted: { readonly options: ParseArgsOptionsConfig; readonly operands: number },
  help: string,
  terminal: Voice,
): CommandLine | number {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...accepted.options, help: { type: 'boolean', short: 'h' } },
      allowPositionals: accepted.operands > 0,
      strict: true,
    })
    if (values['help'] === true) {
      terminal.out(help)
      return EXIT.done
    }
    if (positionals.length !== accepted.operands)
      throw new Error(`Found ${positionals.length} words, expected ${accepted.operands}`)
    const options = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]))
    return { options, operands: positionals }
  } catch (error) {
    terminal.err(`${error instanceof Error ? error.message : String(error)}\n\n${help}`)
    return EXIT.misused
  }
}
