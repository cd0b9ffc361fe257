import { createHash, randomBytes } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { ContactView } from '../simulators/connect/contact.ts'
import { scheduleChaos, type ScheduledTrouble, type Trouble } from './chaos.ts'
import { checkProof, type ProofReport } from './checker.ts'
import { sendJson } from './http-json.ts'
import { NO_WAY_FAULTS, startLoadBalancer } from './load-balancer.ts'
import { startReplica, startSimulators, startStore, type Replica } from './processes.ts'
import type { ProofRecord } from './proof-record.ts'
import { createRandom } from '../model/random.ts'
import { NO_STORE_FAULTS } from './store-faults.ts'
import { openTable } from './table.ts'
import { createWorkload, type Load } from './workload.ts'

/** How a proof is run. */
export interface ProofOptions {
  seed: number
  load: Load
  /** `undefined`: nothing goes wrong. */
  chaos: { kills: number, freezes: number, steps: readonly string[] } | undefined
  /** What the services may start a second, and have under way. */
  pacing: { perSecond: number, burst: number, maxLiveCalls: number }
  /** How much faster than real time the phones live. */
  speed: number
  /** After the load, how long what is under way may take to end. */
  settleMs: number
  /** Keeps the logs and the record there. */
  keepDir: string | undefined
  signal: AbortSignal
  progress: (step: string, text: string) => void
  note: (text: string) => void
}

const REPLICAS = 3
const TABLE = 'ringfence'
const API_KEY = 'rf_proof'
/** A call that told nothing is given up after this long, as the proof lives; longer than a submission stays without its reconciliation. */
const ATTEMPT_MS = 20_000
const LEASE_MS = 6_000
const LOOK_MS = 250
const LAST_WORDS_MS = 20_000

/**
 * Runs the proof: three service processes on one store, simulated phones, a client, and trouble; then waits until nothing is left to do, and lets
 * the checker look at what is there. Everything is on this machine, and nothing of it outlives this process.
 */
export async function prove (options: ProofOptions): Promise<{ report: ProofReport, record: ProofRecord }> {
  const { seed, load, signal, progress, note } = options
  const logDir = options.keepDir ?? await mkdtemp(join(tmpdir(), 'ringfence-proof-'))
  await mkdir(logDir, { recursive: true })
  setMaxListeners(0, signal)
  const closers: Array<() => unknown> = []
  try {
    progress('start', 'starting a store, the phones and three services')
    const store = await startStore(seed, logDir)
    closers.push(store.close)
    const replicas: Array<Replica | undefined> = Array.from({ length: REPLICAS }, () => undefined)
    const urls = () => replicas.flatMap((replica) => replica === undefined ? [] : [replica.url])
    const balancer = await startLoadBalancer(urls, createRandom(seed + 1))
    closers.push(balancer.close)
    const simulators = await startSimulators({ serviceUrl: balancer.url, apiKey: API_KEY, speed: options.speed, logDir })
    closers.push(simulators.close)
    const environment = settings(options, { ...simulators.environment, AWS_ENDPOINT_URL_DYNAMODB: store.endpoint })
    const ports = await freePorts(REPLICAS)
    const state = { isOver: false }
    let deaths = 0
    const readyAtMs = new Map<number, number>()

    /** Starts a replica, and starts it again when it dies, without the failpoint that it may have died of. */
    async function run (index: number, env: Record<string, string> = {}): Promise<void> {
      const replica = await startReplica(`service-${index + 1}`, ports[index] ?? 0, { ...environment, ...env }, logDir)
      replicas[index] = replica
      readyAtMs.set(replica.pid, Date.now())
      replica.exited.then(async () => {
        replicas[index] = undefined
        if (state.isOver) return
        deaths++
        await run(index, nextEnv[index] ?? {})
        delete nextEnv[index]
      }).catch((error: unknown) => { if (!state.isOver) note(`a service did not come back: ${String(error)}`) })
    }
    const nextEnv: Record<number, Record<string, string>> = {}
    await run(0)
    await Promise.all([1, 2].map(async (index) => { await run(index) }))

    const client = new DynamoDBClient({ endpoint: store.endpoint, region: 'eu-central-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } })
    closers.push(() => { client.destroy() })
    const table = openTable(client, TABLE)
    const workload = createWorkload({ load, random: createRandom(seed + 2), apiKey: API_KEY, replicas: urls, phoneUrl: simulators.url })
    progress('set up', `${load.cardholders} cardholders are put`)
    await workload.setUp()

    const startMs = Date.now()
    const kills: number[] = []
    const holders: Holder[] = []
    const watching = watch()
    const troubles = options.chaos === undefined ? [] : scheduleChaos({ ...options.chaos, random: createRandom(seed + 3), durationMs: load.spreadMs, replicas: REPLICAS })
    const troubled = Promise.all(troubles.map(async (trouble) => { await make(trouble) }))
    await Promise.all([workload.run(signal), troubled])
    await calm()
    const settleEndMs = Date.now() + options.settleMs
    while (await table.isBusy(Date.now() + 5_000) && Date.now() < settleEndMs && !signal.aborted) await sleep(500)
    state.isOver = true
    await watching
    progress('check', 'reading the table and the phones')
    const readContacts = async () => (await sendJson(`${simulators.url}/_simulator/contacts`, 'GET', undefined, {}, 120_000)).body.contacts as ContactView[]
    let contacts = await readContacts()
    // A case may be closed while its phone is still told so.
    for (const endMs = Date.now() + LAST_WORDS_MS; contacts.some(({ state }) => state !== 'ended') && Date.now() < endMs && !signal.aborted; contacts = await readContacts()) await sleep(500)
    for (const replica of replicas) replica?.kill('SIGKILL')
    const record: ProofRecord = { acknowledgements: workload.acknowledgements, contacts, items: await table.readAll(), deaths, measures: {} }
    record.measures['dialling again after a dialer was killed'] = recoveries(kills, holders, contacts)
    if (options.keepDir !== undefined) await writeFile(join(logDir, 'record.json'), JSON.stringify(record))
    return { report: checkProof(record), record }

    async function watch (): Promise<void> {
      while (!state.isOver && !signal.aborted) {
        const lease = await table.lease().catch(() => undefined)
        if (lease !== undefined && lease.token !== holders.at(-1)?.token) holders.push({ token: lease.token, atMs: Date.now(), readyAtMs: readyAtMs.get(pidOf(lease.holder)) ?? 0 })
        const { sent, acknowledged, retries } = workload.told()
        progress('load', `${Math.round((Date.now() - startMs) / 1000)} s: ${sent} sent, ${acknowledged} acknowledged, ${retries} sent again, ${deaths} deaths, ${urls().length} of ${REPLICAS} services up, dialer ${lease?.token ?? '-'}`)
        await sleep(LOOK_MS)
      }
    }

    async function make (trouble: ScheduledTrouble): Promise<void> {
      await sleep(Math.max(0, startMs + trouble.atMs - Date.now()), undefined, { signal }).catch(() => {})
      if (signal.aborted) return
      note(said(trouble))
      await act(trouble).catch((error: unknown) => { note(`trouble that could not be made: ${said(trouble)}: ${String(error)}`) })
    }

    async function act (trouble: Trouble): Promise<void> {
      switch (trouble.kind) {
        case 'kill': replicas[trouble.replica]?.kill('SIGKILL'); return
        case 'kill_dialer': {
          const dialer = await dialling()
          if (dialer !== undefined) kills.push(Date.now())
          dialer?.kill('SIGKILL')
          return
        }
        case 'failpoint':
          nextEnv[trouble.replica] = { RINGFENCE_FAILPOINT: `${trouble.step}:${trouble.count}` }
          replicas[trouble.replica]?.kill('SIGKILL')
          return
        case 'freeze_dialer': {
          const dialer = await dialling()
          dialer?.kill('SIGSTOP')
          await sleep(trouble.forMs)
          dialer?.kill('SIGCONT')
          return
        }
        case 'store': store.setFaults(trouble.faults); await sleep(trouble.forMs); store.setFaults(NO_STORE_FAULTS); return
        case 'way': balancer.setFaults(trouble.faults); await sleep(trouble.forMs); balancer.setFaults(NO_WAY_FAULTS); return
        case 'connect': await sendJson(`${simulators.url}/_simulator/faults`, 'PUT', { fault: trouble.fault, calls: trouble.calls, operation: 'StartOutboundVoiceContact' }); return
        case 'events':
          await sendJson(`${simulators.url}/_simulator/contact-events`, 'PUT', trouble.delivery)
          await sleep(trouble.forMs)
          await sendJson(`${simulators.url}/_simulator/contact-events`, 'PUT', {})
      }
    }

    /** The replica that holds the lease. */
    async function dialling (): Promise<Replica | undefined> {
      const pid = pidOf((await table.lease())?.holder ?? null)
      return replicas.find((replica) => replica?.pid === pid)
    }

    async function calm (): Promise<void> {
      store.setFaults(NO_STORE_FAULTS)
      balancer.setFaults(NO_WAY_FAULTS)
      await sendJson(`${simulators.url}/_simulator/faults`, 'PUT', { fault: 'none' })
      await sendJson(`${simulators.url}/_simulator/contact-events`, 'PUT', {})
    }
  } finally {
    for (const close of closers.reverse()) await close()
    if (options.keepDir === undefined) await rm(logDir, { recursive: true, force: true })
  }
}

/** Who dialled, since when it was seen to, and since when it was up. Unix milliseconds. */
interface Holder {
  token: number
  atMs: number
  readyAtMs: number
}

/** The process id stands in the holder's name. */
function pidOf (holder: string | null): number {
  return Number(holder?.split(' ').find((word) => /^\d+$/.test(word)) ?? 0)
}

/** From each kill of the process that dials, or from when its follower was up if that was later, to the first call that the follower started, in seconds. */
function recoveries (kills: readonly number[], holders: readonly Holder[], contacts: readonly ContactView[]): number[] {
  const starts = contacts.map(({ startedAt }) => Date.parse(startedAt)).sort((one, other) => one - other)
  return kills.flatMap((killedAtMs) => {
    const follower = holders.find(({ atMs }) => atMs > killedAtMs)
    const firstMs = follower === undefined ? undefined : starts.find((startedAtMs) => startedAtMs >= follower.atMs - LOOK_MS * 2)
    return firstMs === undefined || follower === undefined ? [] : [(firstMs - Math.max(killedAtMs, follower.readyAtMs)) / 1000]
  })
}

/** What the services are told: what the simulators say, and a world that lives as fast as the phones. */
function settings ({ speed, pacing }: ProofOptions, simulated: Record<string, string>): Record<string, string> {
  return {
    ...simulated,
    RINGFENCE_MODE: 'service',
    HOST: '127.0.0.1',
    RINGFENCE_TABLE: TABLE,
    RINGFENCE_CREATE_TABLE: 'true',
    RINGFENCE_API_KEYS: JSON.stringify([{ name: 'proof', sha256: createHash('sha256').update(API_KEY).digest('hex'), scopes: ['transactions:write', 'customers:write', 'cases:read'] }]),
    RINGFENCE_TOKENISATION_KEY: randomBytes(32).toString('hex'),
    RINGFENCE_LADDER: 'voice:0,voice:1,voice:1',
    RINGFENCE_CALLING_WINDOW: 'always',
    RINGFENCE_QUIET_MINUTES: '0',
    RINGFENCE_SIMULATOR_SPEED: String(speed),
    RINGFENCE_ATTEMPT_SECONDS: String(ATTEMPT_MS / 1000 * speed),
    RINGFENCE_CONNECT_TIMEOUT_MS: '1500',
    RINGFENCE_DIALER_LEASE_MS: String(LEASE_MS),
    RINGFENCE_DIALER_RATE: String(pacing.perSecond),
    RINGFENCE_DIALER_BURST: String(pacing.burst),
    RINGFENCE_MAX_LIVE_CALLS: String(pacing.maxLiveCalls),
    RINGFENCE_SCORE_TIMEOUT_MS: '5000',
    // The machine carries the store and the phones as well.
    RINGFENCE_MAX_LOOP_DELAY_MS: '0',
    RINGFENCE_METRICS: 'true'
  }
}

function said (trouble: Trouble): string {
  switch (trouble.kind) {
    case 'kill': return `SIGKILL service-${trouble.replica + 1}`
    case 'kill_dialer': return 'SIGKILL the one that dials'
    case 'failpoint': return `service-${trouble.replica + 1} dies after ${trouble.step}, time ${trouble.count}`
    case 'freeze_dialer': return `SIGSTOP the one that dials for ${trouble.forMs / 1000} s`
    case 'store': return `the store: ${words(trouble.faults)}`
    case 'way': return `bridge and events: ${words(trouble.faults)}`
    case 'connect': return `Connect: ${trouble.fault}, ${trouble.calls} times`
    case 'events': return `events: ${words(trouble.delivery)}`
  }
}

function words (faults: object): string {
  return Object.entries(faults).filter(([, value]) => value !== 0).map(([name, value]) => `${name} ${String(value)}`).join(', ')
}

/** Ports that were free a moment ago: a replica comes back where it was. */
async function freePorts (count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => { server.once('listening', resolve) })
    return server
  }))
  return await Promise.all(servers.map(async (server) => {
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => { server.close(resolve) })
    return port
  }))
}
