/** `inkling setup kafka`: the topic that several processes share. */
import { parseEnvironment } from '../config.ts'
import { EXIT, type Terminal } from './command.ts'
import { readCommandLine } from './options.ts'
import { count } from './table.ts'

export const KAFKA_HELP = `Usage: inkling setup kafka [--partitions <n>] [--replicas <n>] [--dry-run]

Makes the topic KAFKA_TOPIC at KAFKA_BROKERS, in which requests wait to be decided on. What is there already stays as it is.

  --partitions <n>  default 24: as many processes can share the work at most. It is no small thing to change later, for then
                    people move to other partitions
  --replicas <n>    copies of each record; default 3, or as many as there are brokers
  --dry-run         only look, and say what is missing

Records are kept for as long as KEEP_LOG says. It needs KAFKA_BROKERS and DATABASE_URL.`

const PARTITIONS = 24
const REPLICAS = 3

export async function setUpKafka(args: readonly string[], terminal: Terminal): Promise<number> {
  const accepted = {
    options: { partitions: { type: 'string' }, replicas: { type: 'string' }, 'dry-run': { type: 'boolean' } },
    operands: 1,
  } as const
  const line = readCommandLine(args, accepted, KAFKA_HELP, terminal)
  if (typeof line === 'number') return line
  const { partitions = String(PARTITIONS), replicas, 'dry-run': dryRun } = line.options
  for (const [name, given] of [
    ['partitions', partitions],
    ['replicas', replicas ?? '1'],
  ])
    if (!/^[1-9]\d{0,3}$/.test(given ?? '')) {
      terminal.err(`--${name}: found ${JSON.stringify(given)}, expected a whole number from 1 to 9999`)
      return EXIT.misused
    }
  const environment = parseEnvironment(terminal.environment)
  if (environment.kind === 'invalid') {
    for (const problem of environment.problems) terminal.err(problem)
    return EXIT.failed
  }
  const { scale, keeping } = environment.settings
  if (scale === undefined) {
    terminal.err('KAFKA_BROKERS is not set: one machine needs no topic')
    return EXIT.failed
  }
  const { countBrokers, createTopic, readTopic } = await import('../intake/kafka/setup.ts')
  const { kafka } = scale
  try {
    const found = await readTopic(kafka)
    if (found !== undefined) {
      terminal.out(`  there    topic ${kafka.topic}, ${count(found.partitions)} partitions`)
      return EXIT.done
    }
    const copies = replicas === undefined ? Math.min(REPLICAS, await countBrokers(kafka)) : Number(replicas)
    const plan = { partitions: Number(partitions), replicas: copies, keepMs: keeping.logMs }
    const words = `topic ${kafka.topic}, ${plan.partitions} partitions, ${plan.replicas} copies of each record`
    if (dryRun === 'true') {
      terminal.out(`  missing  ${words}`)
      terminal.out('\nNothing was changed.')
      return EXIT.done
    }
    await createTopic(kafka, plan)
    terminal.out(`  made     ${words}`)
    if (copies < REPLICAS)
      terminal.out(
        `\nWith fewer than ${REPLICAS} copies, records are lost with the ${copies === 1 ? 'disk' : 'disks'} that have them.`,
      )
    return EXIT.done
  } catch (error) {
    terminal.err(error instanceof Error ? error.message : String(error))
    return EXIT.failed
  }
}
