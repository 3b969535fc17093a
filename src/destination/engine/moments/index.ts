/** Every moment, in the order they are looked for: the more telling one takes the place under a cap. */
import { noticeCartAbandoned, noticeCheckoutAbandoned } from './cart-abandoned.ts'
import { noticeComparison } from './comparison.ts'
import { noticeContentDeepDive } from './content-deep-dive.ts'
import { noticeContentDownloaded } from './content-downloaded.ts'
import { noticeEngagementLevel } from './engagement-level.ts'
import { noticeFeatureAdoptionStalled } from './feature-adoption-stalled.ts'
import { noticeFormAbandoned } from './form-abandoned.ts'
import { noticeHesitation } from './hesitation.ts'
import type { Notice } from './moment.ts'
import { noticePricingIntent } from './pricing-intent.ts'
import { noticeReengaged } from './reengaged.ts'
import { noticeRepeatProductInterest } from './repeat-product-interest.ts'
import { noticeSessionExited } from './session-exited.ts'

export const moments: readonly Notice[] = [
  noticeCheckoutAbandoned,
  noticeCartAbandoned,
  noticeFormAbandoned,
  noticeHesitation,
  noticePricingIntent,
  noticeRepeatProductInterest,
  noticeComparison,
  noticeContentDownloaded,
  noticeContentDeepDive,
  noticeReengaged,
  noticeFeatureAdoptionStalled,
  noticeSessionExited,
  noticeEngagementLevel,
]
