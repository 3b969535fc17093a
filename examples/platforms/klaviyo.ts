/** A Klaviyo account on loopback: enforces what the real API enforces. */
import type { KlaviyoStandIn, KlaviyoStandInOptions } from './klaviyo-stand-in.ts'

export type { KlaviyoEvent, KlaviyoProfile, KlaviyoStandIn, KlaviyoStandInOptions } from './klaviyo-stand-in.ts'

export declare function startKlaviyo(options: KlaviyoStandInOptions): Promise<KlaviyoStandIn>
