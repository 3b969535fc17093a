/** The words for what starts, moves and ends a sequence. */
import { CUES, type Cue } from './sequence.ts'

const CUE_WORDS: Readonly<Record<(typeof CUES)[number], string>> = {
  ordered: 'an order',
  cart_emptied: 'an emptied cart',
  form_submitted: 'a form sent',
  feature_first_used: 'the first use of a feature',
  feature_used_again: 'a second use of a feature',
  email_clicked: 'a click in an e-mail',
  returned: 'a return to the site',
}

/** @returns a cue as a noun: a moment and an event go by their names. */
export function cueWords(cue: Cue): string {
  const builtIn = CUES.find(known => known === cue)
  return builtIn === undefined ? cue : CUE_WORDS[builtIn]
}
