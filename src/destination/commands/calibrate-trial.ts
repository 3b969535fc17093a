/** What is to be tried: one setting, its values, and the configuration each of them makes. */
import { parseRange, parseValues, settingsThereAre, withSetting } from '../backtest/parameter.ts'
import { MOMENTS } from '../engine/fact.ts'
import type { Policy } from '../engine/policy.ts'
import { parsePolicy } from '../parse-policy.ts'
import { invalid, type Refusable } from './backtest-input.ts'
import type { Terminal } from './command.ts'
import { loadConfig } from './load-config.ts'
import type { Options } from './options.ts'

export interface Trial {
  readonly moment: string
  readonly parameter: string
  /** How long after the moment an outcome may follow, ms. */
  readonly within: number
  readonly outcome?: string
  readonly candidates: readonly { readonly value: string; readonly policy: Policy }[]
}

const SPAN_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const

export async function readTrial(options: Options, { folder }: Pick<Terminal, 'folder'>): Promise<Refusable<Trial>> {
  const { moment: asked, parameter, values, range, outcome } = options
  if (asked === undefined || parameter === undefined || (values === undefined) === (range === undefined))
    return invalid('calibrate needs --moment, --parameter and either --values or --range; --help says more')
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(m|h|d)$/.exec(options['within'] ?? '7d') ?? []
  if (amount === undefined || (unit !== 'm' && unit !== 'h' && unit !== 'd') || Number(amount) === 0)
    return invalid(`--within: found ${JSON.stringify(options['within'])}, expected a span such as 12h or 7d`)
  const chosen = values === undefined ? parseRange(range ?? '') : parseValues(values)
  if (chosen.kind === 'invalid') return chosen
  const loaded = await loadConfig(folder, options['config'])
  if (loaded.kind === 'invalid') return invalid(loaded.problems.join('\n'))
  const moments = [...MOMENTS, ...loaded.policy.customMoments.map(({ name }) => name)]
  const moment = moments.find(name => name.toLowerCase() === asked.toLowerCase())
  if (moment === undefined)
    return invalid(`--moment: there is no moment ${JSON.stringify(asked)}. There are:\n${listed(moments)}`)
  const candidates = toCandidates(loaded.config, parameter, chosen.values)
  if (candidates.kind === 'invalid') return candidates
  const within = Number(amount) * SPAN_MS[unit]
  return {
    kind: 'ok',
    value: { moment, parameter, within, ...(outcome !== undefined && { outcome }), candidates: candidates.value },
  }
}

function toCandidates(config: unknown, parameter: string, values: readonly string[]): Refusable<Trial['candidates']> {
  const candidates: { value: string; policy: Policy }[] = []
  for (const value of values) {
    const parsed = parsePolicy(withSetting(config, parameter, value))
    if (parsed.kind === 'ok') candidates.push({ value, policy: parsed.policy })
    else {
      const there = settingsThereAre(config)
      const isThere = there.some(setting => setting.startsWith(`${parameter} `))
      const others = isThere ? '' : `\nThe settings are:\n${listed(there)}`
      return invalid(`${parsed.problems.join('\n')}${others}`)
    }
  }
  return { kind: 'ok', value: candidates }
}

function listed(names: readonly string[]): string {
  return names.map(name => `  ${name}`).join('\n')
}
