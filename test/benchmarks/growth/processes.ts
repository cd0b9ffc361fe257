import { spawn, type ChildProcess } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { LoadOrder, LoadResult } from './load-process.ts'
import type { StoreCall } from './recorded-engine.ts'

const START_MS = 60_000
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))
/** Without what tap would add to a test's own process. */
const TYPESCRIPT = ['--import', import.meta.resolve('tsx')]
const MAIN = here('../../../dist/main.js')

const living = new Set<ChildProcess>()
process.once('exit', () => { for (const child of living) child.kill('SIGKILL') })

function start (args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  const { PATH = '', HOME = '' } = process.env
  // In a group of its own: Ctrl-C is for the bench, which ends them itself.
  const child = spawn(process.execPath, args, { detached: true, stdio: ['ignore', 'ignore', 'pipe', 'ipc'], env: { PATH, HOME, ...env } })
  living.add(child)
  child.once('exit', () => { living.delete(child) })
  return child
}

async function reply<T> (child: ChildProcess, order?: object): Promise<T> {
  return await new Promise<T>((resolve, reject) => {
    const ended = () => { reject(new Error(`a process of the bench ended: ${child.spawnargs.join(' ')}`)) }
    child.once('exit', ended)
    child.once('message', (message) => {
      child.off('exit', ended)
      resolve(message as T)
    })
    if (order !== undefined) child.send(order)
  })
}

async function end (child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill(signal)
  await exited
}

/** The DynamoDB engine, in a process of its own. */
export interface Engine {
  endpoint: string
  /** Calls by operation since it was asked last. */
  counts: () => Promise<Record<string, number>>
  close: () => Promise<void>
}

/** Starts the engine. @param path folder of its files */
export async function startEngine (path: string): Promise<Engine> {
  const child = start([...TYPESCRIPT, here('engine-process.ts'), path])
  const { endpoint } = await reply<{ endpoint: string }>(child)
  return { endpoint, counts: async () => (await reply<{ counts: Record<string, number> }>(child, {})).counts, close: async () => { await end(child, 'SIGKILL') } }
}

/** An engine in memory whose calls are written down, in a process of its own. */
export interface Recorder {
  endpoint: string
  /** The calls, and how many connections were opened, since it was asked last. */
  take: () => Promise<{ calls: StoreCall[], connections: number }>
  close: () => Promise<void>
}

export async function startRecorder (): Promise<Recorder> {
  const child = start([...TYPESCRIPT, here('recorded-engine-process.ts')])
  const { endpoint } = await reply<{ endpoint: string }>(child)
  return { endpoint, take: async () => await reply(child, {}), close: async () => { await end(child, 'SIGKILL') } }
}

/** What an approved decision allocates, in bytes; a process of its own measures it in some seconds. */
export async function allocatedBytes (): Promise<number> {
  const child = start(['--expose-gc', '--no-opt', '--max-semi-space-size=128', ...TYPESCRIPT, here('allocation-process.ts')], { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' })
  const { bytes } = await reply<{ bytes: number }>(child)
  await end(child, 'SIGKILL')
  return bytes
}

/** Starts the process that sends payments. */
export function startLoad (): { send: (order: Omit<LoadOrder, 'apiKey'>) => Promise<LoadResult>, close: () => Promise<void> } {
  const child = start([...TYPESCRIPT, here('load-process.ts')])
  return { send: async (order) => await reply<LoadResult>(child, { ...order, apiKey: API_KEY }), close: async () => { await end(child, 'SIGKILL') } }
}

/** One service process. */
export interface Service {
  url: string
  /** Its processor time until now, all threads, in microseconds. */
  cpuUs: () => Promise<number>
  close: () => Promise<void>
}

export const API_KEY = 'rf_growth_bench'
export const TOKENISATION_KEY = randomBytes(32).toString('hex')
export const TABLE = 'growth'
/** A ladder whose first call is due after this long, so that a case that is opened waits. */
export const FIRST_CALL_S = 3_600

/** Tells its processor time when asked, and goes when the bench is gone. */
const PROBE = "process.on('message', () => { const { user, system } = process.cpuUsage(); process.send({ us: user + system }) }); process.on('disconnect', () => { process.exit(0) })"
const program = (source: string) => `data:text/javascript,${encodeURIComponent(source)}`

/**
 * Starts `dist/main.js` in its service mode, on the engine.
 * @param clockAheadMs how far its clock is ahead of the machine's
 * @param dialerIntervalMs pause between two passes of its dialer
 */
export async function startService (engine: Engine, { clockAheadMs = 0, dialerIntervalMs }: { clockAheadMs?: number, dialerIntervalMs: number }): Promise<Service> {
  const clock = clockAheadMs === 0 ? '' : `const now = Date.now; Date.now = () => now() + ${clockAheadMs};`
  const port = await freePort()
  const child = start(['--import', program(clock + PROBE), MAIN], { ...settings(engine), PORT: String(port), RINGFENCE_DIALER_INTERVAL_MS: String(dialerIntervalMs) })
  let words = ''
  child.stderr?.on('data', (chunk: Buffer) => { words = (words + chunk.toString()).slice(-2_000) })
  const url = `http://127.0.0.1:${port}`
  const untilMs = performance.now() + START_MS
  while (!await fetch(`${url}/livez`).then(({ ok }) => ok, () => false)) {
    if (child.exitCode !== null || performance.now() > untilMs) throw new Error(`the service did not start: ${words}`)
    await new Promise((resolve) => { setTimeout(resolve, 50) })
  }
  return { url, cpuUs: async () => (await reply<{ us: number }>(child, {})).us, close: async () => { await end(child, 'SIGTERM') } }
}

function settings ({ endpoint }: Engine): Record<string, string> {
  return {
    // As in production but for NODE_ENV, which would refuse a store without TLS.
    RINGFENCE_MODE: 'service',
    HOST: '127.0.0.1',
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    // Nobody is there: the one call that the pace allows fails at once.
    AWS_ENDPOINT_URL_CONNECT: 'http://127.0.0.1:1',
    RINGFENCE_TABLE: TABLE,
    RINGFENCE_CREATE_TABLE: 'true',
    RINGFENCE_API_KEYS: JSON.stringify([{ name: 'bench', sha256: createHash('sha256').update(API_KEY).digest('hex'), scopes: ['transactions:write', 'customers:write', 'cases:read'] }]),
    RINGFENCE_TOKENISATION_KEY: TOKENISATION_KEY,
    RINGFENCE_BRIDGE_SECRET: randomBytes(32).toString('hex'),
    RINGFENCE_INSTITUTION: 'Bench Bank',
    RINGFENCE_CONNECT_INSTANCE_ID: '11111111-2222-4333-8444-555555555555',
    RINGFENCE_CONNECT_FLOW_ID: 'card-fraud',
    RINGFENCE_CONNECT_SOURCE_NUMBER: '+18005550100',
    RINGFENCE_LADDER: `voice:${FIRST_CALL_S}`,
    RINGFENCE_CALLING_WINDOW: 'always',
    RINGFENCE_DIALER_RATE: '0.01',
    RINGFENCE_DIALER_BURST: '1',
    // The machine carries the store and the load as well.
    RINGFENCE_MAX_LOOP_DELAY_MS: '0',
    RINGFENCE_STORE_TIMEOUT_MS: '10000'
  }
}

async function freePort (): Promise<number> {
  const { createServer } = await import('node:net')
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
