/** Every moment, in the order they are looked for. */
import { noticeCartAbandoned } from './cart-abandoned.ts'
import { noticeEngagementLevel } from './engagement-level.ts'
import type { Notice } from './moment.ts'
import { noticePricingIntent } from './pricing-intent.ts'

export const moments: readonly Notice[] = [noticePricingIntent, noticeCartAbandoned, noticeEngagementLevel]
