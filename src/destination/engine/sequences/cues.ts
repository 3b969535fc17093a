import type { MomentFired } from '../fact.ts'
import type { Scene } from '../moments/moment.ts'
import { standardName } from '../standard-events.ts'
import type { CUES, Cue } from './sequence.ts'

type BuiltIn = (typeof CUES)[number]

/** @returns what an input amounts to, for sequences: acts, moments that fired, and the event itself. */
export function cuesOf(scene: Scene, fired: readonly MomentFired[]): ReadonlySet<Cue> {
  const cues = new Set<Cue>(fired.map(({ moment }) => moment))
  for (const cue of builtInCues(scene)) cues.add(cue)
  const { input } = scene
  if (input.kind === 'message' && input.message.event !== undefined) {
    cues.add(input.message.event)
    cues.add(standardName(input.message.event))
  }
  return cues
}

function* builtInCues({ before, state, input, signal }: Scene): Generator<BuiltIn> {
  if (input.kind !== 'message') return
  if (state.lastOrder !== before.lastOrder) yield 'ordered'
  if (before.cart !== undefined && state.cart === undefined) yield 'cart_emptied'
  if (state.form !== before.form && state.form?.state === 'submitted') yield 'form_submitted'
  if (signal.kind === 'feature_used' && state.features !== before.features) {
    const uses = state.features.find(({ name }) => name === signal.feature)?.uses ?? 0
    yield uses > 1 ? 'feature_used_again' : 'feature_first_used'
  }
  if (input.message.event === 'Email Link Clicked') yield 'email_clicked'
  if (!['none', 'silenced', 'permission_read', 'event'].includes(signal.kind)) yield 'returned'
}
