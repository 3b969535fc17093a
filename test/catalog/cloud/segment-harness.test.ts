/** The tests that go to Segment's repository with the destination. They are written for its runner, whose words vitest has too. */
import nock from 'nock'
import { afterAll, afterEach, describe, expect, it } from 'vitest'

nock.disableNetConnect()
afterAll(() => nock.restore())
Object.assign(globalThis, { afterEach, describe, expect, it })
await import('../../../catalog/cloud/__tests__/index.test')
