/** The calls of HubSpot's official SDK that we make, with our own transport at the SDK's extension point. */
import type { SimplePublicObjectBatchInputUpsert } from '@hubspot/api-client/lib/codegen/crm/contacts/models/SimplePublicObjectBatchInputUpsert.js'
import type { PropertyCreate } from '@hubspot/api-client/lib/codegen/crm/properties/models/PropertyCreate.js'
import type { PropertyGroupCreate } from '@hubspot/api-client/lib/codegen/crm/properties/models/PropertyGroupCreate.js'
import type { BehavioralEventHttpCompletionRequest } from '@hubspot/api-client/lib/codegen/events/send/models/BehavioralEventHttpCompletionRequest.js'
import { type PlatformRequest, type Reply, type RequestDeps, send } from '../request.ts'
import { checkedKey, checkedUrl } from '../setting-error.ts'
import { DEFAULT_BASE_URL, type HubspotSettings } from './settings.ts'

/** One attempt each; never throws. */
export interface Account {
  /** Never to appear in a reason. */
  readonly accessToken: string
  upsertContacts(inputs: SimplePublicObjectBatchInputUpsert[]): Promise<Reply>
  /** The e-mail addresses of at most 100 contacts, by their record ids. */
  readAddresses(ids: readonly string[]): Promise<Reply>
  readContact(email: string, properties: string[]): Promise<Reply>
  /** Deletes for good whoever has this address, and keeps the address from being used again. */
  purgeContact(email: string): Promise<Reply>
  sendEvent(event: BehavioralEventHttpCompletionRequest): Promise<Reply>
  readProperty(name: string): Promise<Reply>
  createProperty(property: PropertyCreate): Promise<Reply>
  readGroup(name: string): Promise<Reply>
  createGroup(group: PropertyGroupCreate): Promise<Reply>
  /** For what the SDK has no words for: definitions of events, the log of e-mail events. */
  request(method: 'GET' | 'POST', path: string, body?: object): Promise<Reply>
}

/** The SDK's request, as far as all its parts agree on one. */
interface SdkRequest {
  getUrl(): string
  getHttpMethod(): string
  getHeaders(): Readonly<Record<string, string>>
  getBody(): unknown
}
type Transport = (request: SdkRequest) => Promise<unknown>

/** What each part of the SDK brings of its own. */
interface SdkPart<Configuration, Server, Library, Answer> {
  createConfiguration(options: {
    baseServer: Server
    httpApi: Library
    authMethods: { oauth2: { accessToken: string } }
  }): Configuration
  readonly ServerConfiguration: new (url: string, variables: Record<string, never>) => Server
  wrapHttpLibrary(library: { send(request: SdkRequest): Promise<Answer> }): Library
  readonly ResponseContext: new (
    status: number,
    headers: Record<string, string>,
    body: { text(): Promise<string>; binary(): Promise<Buffer> },
  ) => Answer
}

/**
 * Loads the parts of the SDK that are called, so only when HubSpot is configured. Its client is left out: what that adds
 * are retries and a limiter, both shared by the whole process, which the dispatcher has of its own.
 *
 * @throws {SettingError} when the token or the address cannot be right.
 */
export async function openAccount(settings: HubspotSettings, deps: RequestDeps): Promise<Account> {
  const accessToken = checkedKey('HUBSPOT_ACCESS_TOKEN', settings.accessToken)
  const baseUrl = checkedUrl('HUBSPOT_BASE_URL', settings.baseUrl ?? DEFAULT_BASE_URL)
  const [contacts, events, properties] = await Promise.all([
    import('@hubspot/api-client/lib/codegen/crm/contacts/index.js'),
    import('@hubspot/api-client/lib/codegen/events/send/index.js'),
    import('@hubspot/api-client/lib/codegen/crm/properties/index.js'),
  ])

  function over<C, S, L, A>(part: SdkPart<C, S, L, A>, transport: Transport): C {
    return part.createConfiguration({
      baseServer: new part.ServerConfiguration(baseUrl, {}),
      authMethods: { oauth2: { accessToken } },
      httpApi: part.wrapHttpLibrary({
        async send(request) {
          await transport(request)
          // The true answer goes past the SDK, which knows only models and exceptions, and whose exceptions hold it all.
          return new part.ResponseContext(204, {}, { text: async () => '', binary: async () => Buffer.alloc(0) })
        },
      }),
    })
  }

  async function exchange(
    answers: PlatformRequest['answers'],
    call: (transport: Transport) => Promise<unknown>,
  ): Promise<Reply> {
    let reply: Reply | undefined
    try {
      await call(async request => {
        reply = await send(toRequest(request, answers), deps)
      })
    } catch (error) {
      const name = error instanceof Error ? error.name : 'unknown'
      reply ??= {
        kind: 'unanswered',
        reason: `HubSpot's SDK could not write this request (${name})`,
        mayHaveArrived: false,
      }
    }
    return reply ?? { kind: 'unanswered', reason: "HubSpot's SDK sent nothing", mayHaveArrived: false }
  }

  return {
    accessToken,
    upsertContacts: inputs => exchange('json', via => new contacts.BatchApi(over(contacts, via)).upsert({ inputs })),
    readAddresses: ids =>
      exchange('json', via =>
        new contacts.BatchApi(over(contacts, via)).read({
          inputs: ids.map(id => ({ id })),
          properties: ['email'],
          propertiesWithHistory: [],
        }),
      ),
    readContact: (email, wanted) =>
      exchange('json', via =>
        new contacts.BasicApi(over(contacts, via)).getById(email, wanted, undefined, undefined, false, 'email'),
      ),
    purgeContact: email =>
      exchange('nothing', via =>
        new contacts.BasicApi(over(contacts, via)).purge({ objectId: email, idProperty: 'email' }),
      ),
    sendEvent: event => exchange('nothing', via => new events.BasicApi(over(events, via)).send(event)),
    readProperty: name =>
      exchange('json', via => new properties.CoreApi(over(properties, via)).getByName('contacts', name)),
    createProperty: property =>
      exchange('json', via => new properties.CoreApi(over(properties, via)).create('contacts', property)),
    readGroup: name =>
      exchange('json', via => new properties.GroupsApi(over(properties, via)).getByName('contacts', name)),
    createGroup: group =>
      exchange('json', via => new properties.GroupsApi(over(properties, via)).create('contacts', group)),
    request: (method, path, body) =>
      send(
        {
          method,
          url: baseUrl + path,
          headers: {
            Accept: 'application/json',
            Authorization: `Bearer ${accessToken}`,
            ...(body !== undefined && { 'Content-Type': 'application/json' }),
          },
          ...(body !== undefined && { body: JSON.stringify(body) }),
          answers: 'json',
        },
        deps,
      ),
  }
}

function toRequest(asked: SdkRequest, answers: PlatformRequest['answers']): PlatformRequest {
  const body = asked.getBody()
  return {
    method: asked.getHttpMethod(),
    url: asked.getUrl(),
    headers: asked.getHeaders(),
    ...(typeof body === 'string' && { body }),
    answers,
  }
}
