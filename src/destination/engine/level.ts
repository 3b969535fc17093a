/** How engaged a person is now, lowest first. */
export const LEVELS = ['none', 'low', 'medium', 'high'] as const
export type Level = (typeof LEVELS)[number]
