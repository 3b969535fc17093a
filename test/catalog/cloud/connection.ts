/** The destination as Segment runs it: mapped and subscribed as its presets say, and connected to an address. */
import { Destination, type JSONObject, type SegmentEvent } from '@segment/actions-core'
import definition from '../../../catalog/cloud/index'

export const KEY_ID = 'segment'
export const SECRET = 'a-secret-of-enough-length'

export interface Connection {
  /** One event, offered to every mapping. */
  event(event: SegmentEvent, signal?: AbortSignal): Promise<unknown>
  /** A batch of one mapping, as Segment gathers it. @returns what became of each event. */
  batch(partnerAction: string, events: readonly SegmentEvent[]): Promise<readonly Status[]>
  forget(ids: Pick<SegmentEvent, 'userId' | 'anonymousId'>): Promise<unknown>
  test(): Promise<void>
}

export interface Status {
  readonly status: number
  readonly errortype?: string
  readonly errormessage?: string
  readonly errorreporter?: string
}

export function connect(endpoint: string, secret: string = SECRET): Connection {
  const destination = new Destination(definition)
  const settings = { endpoint, keyId: KEY_ID, secret }
  // The browser half runs its own.
  const own = (definition.presets ?? []).filter(({ partnerAction }) => partnerAction in definition.actions)
  const subscriptions = own.map(preset => ({
    partnerAction: preset.partnerAction,
    subscribe: 'subscribe' in preset ? preset.subscribe : '',
    mapping: preset.mapping ?? {},
  }))
  return {
    event: (event, signal) => destination.onEvent(event, { ...settings, subscriptions }, { ...(signal && { signal }) }),
    batch: async (partnerAction, events) => {
      const subscription = subscriptions.find(one => one.partnerAction === partnerAction)
      if (subscription === undefined) throw new Error(`no preset for ${partnerAction}`)
      const [result] = await destination.onBatch([...events], { ...settings, subscription })
      return (result?.multistatus ?? []) as readonly Status[]
    },
    forget: ids => {
      if (destination.onDelete === undefined) throw new Error('the destination forgets nobody')
      return destination.onDelete({ type: 'delete', ...ids }, settings as JSONObject)
    },
    test: () => destination.testAuthentication(settings),
  }
}
