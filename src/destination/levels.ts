/** How much there is of everything that grows: asked of those who keep it when somebody looks. */
import type { Backbone } from './backbone.ts'
import type { PlatformState } from './delivery/dispatch.ts'
import type { Levels } from './metrics.ts'

export interface LevelsDeps {
  readonly backbone: Pick<Backbone, 'backlog' | 'measures' | 'store'>
  readonly platforms: () => readonly PlatformState[]
}

export async function readLevels({ backbone, platforms }: LevelsDeps): Promise<Levels> {
  return {
    ...(await backbone.measures()),
    backlogEntries: backbone.backlog().entries,
    outbox: await backbone.store.outboxLevels(),
    stopped: platforms().flatMap(({ name, stopped }) => stopped.map(({ kind }) => ({ connector: name, kind }))),
  }
}
