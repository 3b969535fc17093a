// @vitest-environment jsdom
/** The tests that go to Segment's repository with the browser half. They are written for its runner, whose words vitest has too. */
import { beforeAll, describe, expect, test } from 'vitest'

Object.assign(globalThis, { beforeAll, describe, expect, test })
await import('../../../catalog/web/src/__tests__/index.test')
