import { isIdentified } from '../profile.ts'
import type { Notice } from './moment.ts'
import { counted, spoken } from './words.ts'

/** A form begun and not sent. Fired by the `form` timer; sending it cancels it, any later activity puts it off. */
export const noticeFormAbandoned: Notice = ({ state, input, policy }) => {
  const moment = policy.moments.formAbandoned
  const { form } = state
  if (input.kind !== 'timer' || input.timer.key !== 'form' || form === undefined) return undefined
  const touched = `Filled ${counted(form.fieldsTouched, 'field')} of ${form.id}${form.lastField === undefined ? '' : `, the last one ${form.lastField},`} and did not send it for ${spoken(moment.after)}.`
  return {
    moment: 'Form Abandoned',
    cause: `${form.cause}:${form.id}`,
    variant: form.id,
    at: input.at,
    properties: {
      form_id: form.id,
      last_field: form.lastField ?? null,
      fields_touched: form.fieldsTouched,
      page_url: form.url === '' ? null : form.url,
    },
    why: touched,
    policy: moment,
    ...(form.state === 'started' &&
      form.fieldsTouched < 2 && {
        lacking: { restraint: 'unconfirmed' as const, why: `${touched} One field is not yet an attempt.` },
      }),
    ...(!isIdentified(state) && {
      lacking: { restraint: 'unidentified' as const, why: `${touched} Nobody knows yet who this is.` },
    }),
  }
}
