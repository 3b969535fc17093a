/** The form: the moment an anonymous visitor becomes somebody. Only name and e-mail are told; the answers stay here. */
import type { Visit } from './visit.ts'

export function openConsultation({ analytics }: Visit): void {
  const form = document.querySelector<HTMLFormElement>('[data-consultation]')
  if (!form) return
  const said = form.querySelector('[data-said]')
  form.addEventListener('submit', event => {
    event.preventDefault()
    const answers = new FormData(form)
    const name = String(answers.get('name')).trim()
    analytics.identify({ email: String(answers.get('email')), ...(name === '' ? {} : { firstName: name }) })
    if (said) said.textContent = `Thank you${name === '' ? '' : `, ${name}`}. Now Klaviyo knows who you are.`
    form.reset()
  })
}
