/** The stream as several processes share it: the topic, from its beginning to where it ends now. */
import { eventTime } from '../engine/time.ts'
import { readTopicOnce } from '../intake/kafka/read-topic.ts'
import type { KafkaSettings } from '../intake/kafka/settings.ts'
import { messagesOf } from '../parse.ts'
import type { Arrival } from './playback.ts'
import { createTracker, type Stream } from './stream.ts'

export function streamTopic(settings: KafkaSettings, now: () => number): Stream {
  const reading = readTopicOnce(settings, now)
  const tracker = createTracker()
  async function* batches(): AsyncGenerator<readonly Arrival[]> {
    for await (const entries of reading.batches)
      yield entries.map(entry => {
        tracker.arrived(entry.receivedAt)
        return { receivedAt: eventTime(entry.receivedAt), messages: messagesOf(entry) }
      })
  }
  return { batches: batches(), progress: reading.progress, account: tracker.account, close: reading.close }
}
