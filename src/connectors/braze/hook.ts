/** Braze's Currents, by its custom HTTP connector. */
import type { Hook } from '../feedback.ts'
import { isSameSecret } from '../signature.ts'
import { hearCurrents } from './feedback.ts'

/** @param token - the bearer token given to the connector. Braze signs nothing, so that the token is all there is. */
export function createBrazeHook(token: string): Hook {
  return {
    platform: 'braze',
    verify: ({ header }) => {
      const shown = /^Bearer +(\S+)$/i.exec(header('authorization') ?? '')?.[1]
      if (shown === undefined) return 'unsigned'
      return isSameSecret(shown, token) ? 'genuine' : 'forged'
    },
    read: async body => {
      const heard = hearCurrents(body)
      return heard === undefined
        ? { kind: 'unreadable', reason: 'expected a list as events' }
        : { kind: 'heard', heard }
    },
  }
}
