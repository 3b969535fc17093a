/**
 * The raw ceiling of the disk: a bare loop that appends the rows that the service has just appended, in the groups it
 * commits. @see Rows for what they are.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
