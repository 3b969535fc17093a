/** Klaviyo's published API description as a judge of requests and replies. */
import { Ajv } from 'ajv'
import type { Exchange } from './recording.ts'
import { sharedJson } from './shared.ts'

type Node = Readonly<Record<string, unknown>>

export interface KlaviyoSpec {
  /** @returns what is wrong with an exchange; empty when both sides keep to the description. */
  faults(exchange: Exchange): readonly string[]
  readonly revision: unknown
  /** What may stand in the query of a reading endpoint: parameters, and the operators of each field to filter by. */
  query(path: string): {
    readonly parameters: readonly unknown[]
    readonly filters: Readonly<Record<string, readonly unknown[]>>
  }
  /** Burst and steady, such as `75/s` and `750/m`. */
  limits(method: string, path: string): readonly unknown[]
}

export function openKlaviyoSpec(): KlaviyoSpec {
  const document = node(withNullableSpelledOut(sharedJson('specs/klaviyo.json')))
  const ajv = new Ajv({ strict: false, allErrors: true })
  ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/)
  ajv.addFormat('uri', URL.canParse)
  ajv.addFormat('date', /^\d{4}-\d\d-\d\d$/)
  ajv.addFormat('time', /^\d\d:\d\d(:\d\d)?$/)
  ajv.addSchema(document, 'klaviyo')
  const paths = node(document.paths)

  function judge(schema: string, value: unknown, side: string): readonly string[] {
    const valid = ajv.getSchema(`klaviyo#${schema}`)
    if (valid === undefined) return [`${side}: the description has no ${schema}`]
    return valid(value) === true ? [] : [`${side}: ${ajv.errorsText(valid.errors)}`]
  }

  return {
    revision: node(document.info).version,
    query(path) {
      const { parameters, 'x-klaviyo-filters': filters } = node(node(paths[path]).get)
      return {
        parameters: (Array.isArray(parameters) ? parameters : []).map(parameter => node(parameter).name),
        filters: Object.fromEntries(
          Object.entries(node(filters)).map(([field, filter]) => [
            field,
            Object.values(node(node(filter).operators)).flat(),
          ]),
        ),
      }
    },
    limits(method, path) {
      const { burst, steady } = node(node(node(paths[path])[method.toLowerCase()])['x-klaviyo-ratelimit'])
      return [burst, steady]
    },
    faults({ method, path, request, status, reply }) {
      const template = Object.keys(paths).find(known =>
        new RegExp(`^${known.replace(/\{\w+\}/g, '[^/]+')}$`).test(path),
      )
      if (template === undefined) return [`${path} is not described`]
      const place = `/paths/${template.replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D')}/${method.toLowerCase()}`
      const responses = node(node(node(paths[template])[method.toLowerCase()]).responses)
      const described = responses[String(status)] === undefined ? `${Math.floor(status / 100)}XX` : String(status)
      if (responses[described] === undefined) return [`${method} ${path} may not answer ${status}`]
      const asked =
        request === undefined
          ? []
          : judge(`${place}/requestBody/content/application~1vnd.api+json/schema`, request, 'request')
      const empty = node(responses[described]).content === undefined && node(responses[described]).$ref === undefined
      if (empty) return reply === undefined ? asked : [...asked, `reply: ${status} has no body`]
      const inPlace = node(responses[described]).$ref
      const schema = typeof inPlace === 'string' ? inPlace.replace(/^#/, '') : `${place}/responses/${described}`
      return [...asked, ...judge(`${schema}/content/application~1vnd.api+json/schema`, reply, 'reply')]
    },
  }
}

function node(value: unknown): Node {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {}
}

/**
 * OpenAPI 3.0 says `nullable` beside a `$ref` or without a `type`, where JSON Schema has no such word. And a whole number
 * cannot be exactly one of an integer and a number, as the description asks of it: it is a number.
 */
function withNullableSpelledOut(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withNullableSpelledOut)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, withNullableSpelledOut(member)]),
  )
  if (isIntegerOrNumber(members.oneOf)) return { type: 'number' }
  if (members.nullable !== true || 'type' in members) return members
  const { nullable, ...rest } = members
  return { anyOf: [rest, { type: 'null' }] }
}

function isIntegerOrNumber(choices: unknown): boolean {
  const types = Array.isArray(choices) ? choices.map(choice => node(choice).type) : []
  return types.length === 2 && types.includes('integer') && types.includes('number')
}
