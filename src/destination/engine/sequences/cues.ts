import { ENGAGEMENT_MEASURED } from '../../../browser-plugin/signals.ts'
import type { MomentFired } from '../fact.ts'
import type { Message } from '../message.ts'
import type { Scene } from '../moments/moment.ts'
import { standardName } from '../standard-events.ts'
import type { CUES, Cue } from './sequence.ts'

type BuiltIn = (typeof CUES)[number]

/** What a summary amounts to that fires nothing and sends no form, as most messages are. */
const SUMMARY: readonly Cue[] = ['returned' satisfies BuiltIn, ENGAGEMENT_MEASURED]

/** @returns what an input amounts to, for sequences: acts, moments that fired, and the event itself. */
export function cuesOf(scene: Scene, fired: readonly MomentFired[]): readonly Cue[] {
  const { before, state, input, signal } = scene
  if (input.kind !== 'message') return fired.map(({ moment }) => moment)
  if (signal.kind === 'engagement' && fired.length === 0 && state.form === before.form) return SUMMARY
  const cues: Cue[] = builtInCues(scene, input.message)
  for (const { moment } of fired) cues.push(moment)
  const { event } = input.message
  if (event !== undefined) cues.push(event, standardName(event))
  return cues
}

function builtInCues({ before, state, signal }: Scene, { event }: Message): BuiltIn[] {
  const cues: BuiltIn[] = []
  if (state.lastOrder !== before.lastOrder) cues.push('ordered')
  if (before.cart !== undefined && state.cart === undefined) cues.push('cart_emptied')
  if (state.form !== before.form && state.form?.state === 'submitted') cues.push('form_submitted')
  if (signal.kind === 'feature_used' && state.features !== before.features) {
    const uses = state.features.find(({ name }) => name === signal.feature)?.uses ?? 0
    cues.push(uses > 1 ? 'feature_used_again' : 'feature_first_used')
  }
  if (event === 'Email Link Clicked') cues.push('email_clicked')
  if (
    signal.kind !== 'none' &&
    signal.kind !== 'silenced' &&
    signal.kind !== 'permission_read' &&
    signal.kind !== 'event'
  )
    cues.push('returned')
  return cues
}
