/** A sequence of the configuration in words. */
import { inWords } from '../engine/moments/custom.ts'
import { listed } from '../engine/moments/words.ts'
import type { SequencePolicy, SequenceStep, Way } from '../engine/sequences/sequence.ts'
import { cueWords } from '../engine/sequences/words.ts'
import { exactly } from './policy-span.ts'

export function sequenceInWords(sequence: SequencePolicy): readonly string[] {
  const { name, enabled, startOn, leaveOn, steps, cooldown, quiet, freshFor, capped } = sequence
  if (!enabled) return [`${name}: off`]
  const ends = leaveOn.length === 0 ? '' : `; ended by ${either(leaveOn.map(cueWords))}`
  const waits = quiet > 0 ? `, waits while they are here and ${exactly(quiet)} longer` : ''
  return [
    `${name}: started by ${either(startOn.map(cueWords))}${ends}; at most once in ${exactly(cooldown)}, fresh for ${exactly(freshFor)}${waits}${capped ? '' : ', outside the caps'} [sequences.${name}]`,
    ...steps.map((step, index) => `  ${index + 1}. ${stepInWords(step)}`),
  ]
}

function stepInWords({ after, ways }: SequenceStep): string {
  const time = after === 0 ? 'at once' : `after ${exactly(after)}`
  return `${time}: ${ways.map(wayInWords).join('; or ')}`
}

function wayInWords({ on, when, channel, content, message }: Way): string {
  const level = content === 'by_level' ? 'content by the level of engagement' : `content level ${content}`
  const asked = [
    ...(on.length === 0 ? [] : [`as soon as there is ${either(on.map(cueWords))}`]),
    ...(when.length === 0 ? [] : [`if ${listed(when.map(inWords))}`]),
  ]
  return [`${channel}, ${message}, ${level}`, ...asked].join(', ')
}

function either(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? 'nothing') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}
