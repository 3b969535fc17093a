/** The published structure of HubSpot's API as a judge of requests and replies. */
import { Ajv } from 'ajv'
import type { Exchange } from './recording.ts'
import { sharedJson } from './shared.ts'

const PARTS = ['contacts', 'properties', 'events-send'] as const

/** @returns what is wrong with an exchange; empty when both sides keep to the description. */
export function openHubspotSpec(): (exchange: Exchange) => readonly string[] {
  const ajv = new Ajv({ strict: false, allErrors: true })
  ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/)
  ajv.addFormat('int32', { type: 'number', validate: Number.isInteger })
  ajv.addFormat('uuid', /^[0-9a-f-]{36}$/)
  const documents = PARTS.map(part => {
    const document = node(sharedJson(`specs/hubspot-${part}.json`))
    ajv.addSchema(document, part)
    return { part, paths: node(document.paths) }
  })

  function judge(place: string, value: unknown, side: string): readonly string[] {
    const valid = ajv.getSchema(place)
    if (valid === undefined) return [`${side}: the description has no ${place}`]
    return valid(value) === true ? [] : [`${side}: ${ajv.errorsText(valid.errors)}`]
  }

  return ({ method, path, request, status, reply }) => {
    const verb = method.toLowerCase()
    const found = documents.flatMap(({ part, paths }) =>
      Object.keys(paths)
        .filter(known => new RegExp(`^${known.replace(/\{\w+\}/g, '[^/]+')}$`).test(path) && verb in node(paths[known]))
        .map(template => ({ part, template, described: node(node(paths[template])[verb]) })),
    )
    // The most literal one: `batch/upsert` is no record's id.
    const [best] = found.toSorted((a, b) => a.template.split('{').length - b.template.split('{').length)
    if (best === undefined) return [`${method} ${path} is not described`]
    const root = `${best.part}#/paths/${best.template.replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D')}/${verb}`
    const responses = node(best.described.responses)
    const answer = responses[String(status)] === undefined ? 'default' : String(status)
    if (answer === 'default' && status < 400) return [`${method} ${path} may not answer ${status}`]
    const media = 'content/application~1json/schema'
    const asked = request === undefined ? [] : judge(`${root}/requestBody/${media}`, request, 'request')
    if (node(responses[answer]).content === undefined)
      return reply === undefined ? asked : [...asked, `reply: ${status} has no body`]
    return [...asked, ...judge(`${root}/responses/${answer}/${media}`, reply, 'reply')]
  }
}

function node(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {}
}
