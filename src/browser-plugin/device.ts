import type { EngagementProperties } from './signals.ts'

/** Below this the shorter side of a touch screen belongs to a phone, in CSS px. */
const PHONE_MAX_PX = 600

export function readDevice(): EngagementProperties['device'] {
  const coarse = matchMedia('(pointer: coarse)').matches
  const phone = Math.min(screen.width, screen.height) < PHONE_MAX_PX
  return { kind: !coarse ? 'desktop' : phone ? 'mobile' : 'tablet', touch: navigator.maxTouchPoints > 0 }
}

/** IANA name. Where there is no Temporal yet, the first answer takes a browser ten milliseconds. */
export function readTimeZone(): string {
  const { Temporal } = globalThis as { readonly Temporal?: { readonly Now: { timeZoneId(): string } } }
  return Temporal ? Temporal.Now.timeZoneId() : Intl.DateTimeFormat().resolvedOptions().timeZone
}
