/**
 * An Apache Kafka broker of its own for tests: its archives come from Maven Central by their coordinates, with Maven itself,
 * and run with the machine's Java. One node that is broker and controller (KRaft).
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Admin } from '@platformatic/kafka'
import { freePort, waitUntil } from './port.ts'

export interface KafkaBroker {
  /** `host:port` */
  readonly brokers: string
  start(): Promise<void>
  /** Without a word. What was acknowledged is there at the next start, as long as the machine keeps running. */
  kill(): Promise<void>
  stop(): Promise<void>
}

const VERSION = '4.1.1'
/** Small: several brokers, services and a browser share a test machine. */
const MEMORY = ['-Xms128m', '-Xmx512m']

/** @throws {Error} saying what to install, when the machine has neither Java nor Maven. */
export async function startKafka(): Promise<KafkaBroker> {
  const archives = fetchArchives()
  const folder = mkdtempSync(join(tmpdir(), 'inkling-kafka-'))
  const [port, controller] = [await freePort(), await freePort()]
  const brokers = `127.0.0.1:${port}`
  const settings = join(folder, 'server.properties')
  writeFileSync(settings, propertiesOf({ port, controller, data: join(folder, 'data') }))
  const java = (main: string, ...args: readonly string[]) => [...MEMORY, '-cp', join(archives, '*'), main, ...args]
  const id = execFileSync('java', java('kafka.tools.StorageTool', 'random-uuid'), { encoding: 'utf8', stdio: quiet })
  execFileSync('java', java('kafka.tools.StorageTool', 'format', '-t', id.trim(), '-c', settings), { stdio: quiet })
  let running: ChildProcess | undefined
  // Whoever started it may be gone before it is stopped.
  process.once('exit', () => running?.kill('SIGKILL'))
  const end = async (signal: NodeJS.Signals) => {
    const ended = running
    running = undefined
    if (ended === undefined || ended.exitCode !== null) return
    await new Promise(resolve => {
      ended.once('exit', resolve)
      ended.kill(signal)
    })
  }
  const start = async () => {
    running = spawn('java', java('kafka.Kafka', settings), { stdio: 'ignore' })
    await waitUntil('Kafka', async () => {
      const admin = new Admin({ clientId: 'start', bootstrapBrokers: [brokers], retries: 0, connectTimeout: 1_000 })
      try {
        await admin.listTopics()
      } finally {
        await admin.close()
      }
    })
  }
  await start()
  return {
    brokers,
    start,
    kill: () => end('SIGKILL'),
    stop: async () => {
      await end('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const quiet: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore']

function propertiesOf({
  port,
  controller,
  data,
}: {
  readonly port: number
  readonly controller: number
  readonly data: string
}): string {
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': data,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 4,
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1000,
    'auto.create.topics.enable': false,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

/** @returns the folder with Kafka's archives, which are fetched once. */
function fetchArchives(): string {
  const cache = join(import.meta.dirname, '../../node_modules/.cache')
  const folder = join(cache, `kafka-${VERSION}`)
  if (existsSync(folder)) return folder
  mkdirSync(cache, { recursive: true })
  const project = mkdtempSync(join(cache, 'kafka-'))
  writeFileSync(
    join(project, 'pom.xml'),
    `<project><modelVersion>4.0.0</modelVersion><groupId>inkling</groupId><artifactId>kafka</artifactId><version>1</version>
     <dependencies><dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId>
     <version>${VERSION}</version></dependency></dependencies></project>`,
  )
  try {
    const output = join(project, 'archives')
    execFileSync('mvn', ['-q', '-B', 'dependency:copy-dependencies', `-DoutputDirectory=${output}`], {
      cwd: project,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    renameSync(output, folder)
    return folder
  } catch (cause) {
    throw new Error(
      'no Kafka for the tests: it needs Java 17 and Maven on this machine (Debian: maven), or TEST_KAFKA_BROKERS set to one',
      { cause },
    )
  } finally {
    rmSync(project, { recursive: true, force: true })
  }
}
