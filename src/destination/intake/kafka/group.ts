/**
 * Which partitions this process reads: Kafka's consumer group shares them out, and shares them out anew when a process comes
 * or goes. Whoever has lost one without knowing writes nothing of it: that the store makes sure of.
 */
import { Consumer } from '@platformatic/kafka'
import { clientOptions } from './client.ts'
import type { KafkaSettings } from './settings.ts'

export interface Group {
  /** The client that is a member of it. */
  readonly consumer: Consumer
  stop(): Promise<void>
}

export interface GroupDeps {
  readonly settings: KafkaSettings
  /** Epoch ms. */
  readonly now: () => number
  /** Told of all that it reads from now on. */
  readonly onAssigned: (partitions: readonly number[]) => void
  readonly onError: (error: unknown) => void
}

/** A process that says nothing for so long has lost its partitions. */
const SESSION_MS = 10_000
const HEARTBEAT_MS = 2_000
/** So long a process has to say that it is still there when partitions are shared out anew. */
const REBALANCE_MS = 15_000
/** A member whose word does not get through joins again: its client gives up after some tries. */
const LOOK_EVERY_MS = 5_000
const LEAVE_WITHIN_MS = 2_000

/** Joins in its own time: until partitions come, and while they are shared out, requests are taken all the same. */
export function joinGroup({ settings, now, onAssigned, onError }: GroupDeps): Group {
  const consumer = new Consumer({
    ...clientOptions(settings),
    groupId: `${settings.topic}-destination`,
    sessionTimeout: SESSION_MS,
    heartbeatInterval: HEARTBEAT_MS,
    rebalanceTimeout: REBALANCE_MS,
  })
  let heardAt = 0
  let joining: Promise<unknown> | undefined
  const join = () => {
    joining ??= consumer
      .joinGroup({})
      .catch(onError)
      .finally(() => {
        joining = undefined
      })
    return joining
  }
  consumer.on('consumer:heartbeat:end', () => {
    heardAt = now()
  })
  consumer.on('consumer:group:join', ({ assignments = [] }) => {
    heardAt = now()
    onAssigned(assignments.filter(({ topic }) => topic === settings.topic).flatMap(({ partitions }) => partitions))
  })
  consumer.on('error', onError)
  consumer.topics.trackAll(settings.topic)
  void join()
  const timer = setInterval(() => {
    if (now() - heardAt > SESSION_MS + LOOK_EVERY_MS) void join()
  }, LOOK_EVERY_MS)
  return {
    consumer,
    stop: async () => {
      clearInterval(timer)
      // The others may be asked to share out anew just now, which takes its time.
      await Promise.race([joining, pause(LEAVE_WITHIN_MS)])
      await Promise.race([Promise.resolve(consumer.leaveGroup(true)).catch(onError), pause(LEAVE_WITHIN_MS)])
      await consumer.close(true)
    },
  }
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms).unref())
}
