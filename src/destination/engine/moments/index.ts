/** Every moment, in the order they are looked for: the more telling one takes the place under a cap. */
import type { Input } from '../input.ts'
import type { PageView } from '../page-view.ts'
import { TIMER_KEYS, type TimerKey } from '../timer.ts'
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

/** What a moment may come of: a timer, any message, one that is about a page view, or whatever happens. */
type Occasion = TimerKey | 'message' | 'page_view' | 'anything'

const MOMENTS_BY_WEIGHT: readonly { readonly notice: Notice; readonly occasion: Occasion }[] = [
  { notice: noticeCheckoutAbandoned, occasion: 'checkout' },
  { notice: noticeCartAbandoned, occasion: 'cart' },
  { notice: noticeFormAbandoned, occasion: 'form' },
  { notice: noticeHesitation, occasion: 'page_view' },
  { notice: noticePricingIntent, occasion: 'page_view' },
  { notice: noticeRepeatProductInterest, occasion: 'message' },
  { notice: noticeComparison, occasion: 'message' },
  { notice: noticeContentDownloaded, occasion: 'message' },
  { notice: noticeContentDeepDive, occasion: 'page_view' },
  { notice: noticeReengaged, occasion: 'message' },
  { notice: noticeFeatureAdoptionStalled, occasion: 'feature' },
  { notice: noticeSessionExited, occasion: 'exit' },
  { notice: noticeEngagementLevel, occasion: 'anything' },
]

function momentsOn(...occasions: readonly Occasion[]): readonly Notice[] {
  return MOMENTS_BY_WEIGHT.filter(({ occasion }) => occasions.includes(occasion)).map(({ notice }) => notice)
}

const ON_PAGE_VIEW = momentsOn('page_view', 'message', 'anything')
const ON_MESSAGE = momentsOn('message', 'anything')
const ON_TIMER: ReadonlyMap<TimerKey, readonly Notice[]> = new Map(
  TIMER_KEYS.map(key => [key, momentsOn(key, 'anything')]),
)

/** @returns those an input may bring: the others need not be asked. */
export function momentsFor(input: Input, page: PageView | undefined): readonly Notice[] {
  if (input.kind === 'timer') return ON_TIMER.get(input.timer.key) ?? []
  return page === undefined ? ON_MESSAGE : ON_PAGE_VIEW
}
