/** Scenes of the list that every build must pass that need more than this bench has, and who plays them. */
export const ELSEWHERE: readonly { readonly name: string; readonly by: string }[] = [
  { name: 'a page that the browser prerendered, then shown', by: 'npm run bench:plugin:lifecycle' },
  { name: 'frozen by the browser itself', by: 'npm run bench:plugin:lifecycle' },
  { name: 'back from the real back/forward cache', by: 'npm run bench:plugin:lifecycle' },
  { name: 'two tabs of one visitor that take turns', by: 'npm run bench:plugin:lifecycle' },
  { name: 'frozen for ten minutes, asleep for an hour', by: 'test/browser-plugin/lifecycle.test.ts' },
  { name: 'left within 300 ms of its load', by: 'npm run bench:plugin:delivery' },
  { name: 'a thousand marked elements, and what they cost', by: 'npm run bench:plugin:cost' },
]
