/** How engaged a person is now, lowest first. */
export const LEVELS = ['none', 'low', 'medium', 'high'] as const
export type Level = (typeof LEVELS)[number]

export function higherLevel(a: Level, b: Level): Level {
  return LEVELS.indexOf(a) >= LEVELS.indexOf(b) ? a : b
}
