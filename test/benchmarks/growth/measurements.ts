import { setTimeout as sleep } from 'node:timers/promises'
import type { LoadOrder, LoadResult } from './load-process.ts'
import { startService, type Engine, type Service } from './processes.ts'

type Send = (order: Omit<LoadOrder, 'apiKey'>) => Promise<LoadResult>

/** What decisions cost while the table holds so much. */
export interface DecisionRow {
  cards: number
  waiting: number
  processes: number
  decided: number
  failed: number
  perSecond: number
  /** Processor time of all service processes, in microseconds, for one decision. */
  cpuUs: number
  /** Calls to the store for one decision. */
  calls: number
  p50Ms: number
  p99Ms: number
}

/** What a pass of the dialer costs while so many cases wait. */
export interface PassRow {
  what: string
  cards: number
  waiting: number
  passes: number
  /** Means of one pass: calls to the store, time in milliseconds, processor time of the service in microseconds. */
  calls: number
  ms: number
  cpuUs: number
}

export interface DecisionOrder {
  name: string
  cards: number
  waiting: number
  seconds: number
  transaction: object
  /** Absent: as fast as replies come back to `clients`. */
  perSecond?: number
  clients?: number
}

const NEVER_MS = 999_999
/** Compiled and warm; the first seconds of a process cost a multiple. */
const SETTLE_S = 3

/** Measures decisions. The dialer of these processes makes no pass meanwhile, so that every call is a decision's. */
export async function measureDecisions (engine: Engine, services: readonly Service[], send: Send, { name, cards, waiting, seconds, transaction, ...pace }: DecisionOrder): Promise<DecisionRow> {
  const order = { urls: services.map(({ url }) => url), cards, transaction, ...pace }
  await send({ ...order, name: `${name}-settle`, seconds: Math.min(SETTLE_S, seconds) })
  await engine.counts()
  const before = await cpuOf(services)
  const result = await send({ ...order, name, seconds })
  const cpuUs = await cpuOf(services) - before
  const calls = sum(await engine.counts())
  const all = result.decided + result.failed
  return { cards, waiting, processes: services.length, ...result, cpuUs: cpuUs / all, calls: calls / all }
}

/** A service for `measureDecisions`. */
export async function startQuietService (engine: Engine): Promise<Service> {
  return await startService(engine, { dialerIntervalMs: NEVER_MS })
}

/** Measures passes of the dialer of one process that does nothing else, one after the other. */
export async function measurePasses (engine: Engine, { what, cards, waiting, seconds, clockAheadMs = 0 }: { what: string, cards: number, waiting: number, seconds: number, clockAheadMs?: number }): Promise<PassRow> {
  const service = await startService(engine, { clockAheadMs, dialerIntervalMs: 10 })
  try {
    // Another process may have dialled before; the lease has to run out.
    while (!((await passesOf(service)).count > 0)) await sleep(200)
    await sleep(SETTLE_S * 1000)
    await engine.counts()
    const before = { passes: await passesOf(service), cpuUs: await service.cpuUs() }
    await sleep(seconds * 1000)
    const cpuUs = await service.cpuUs() - before.cpuUs
    const calls = sum(await engine.counts())
    const after = await passesOf(service)
    const passes = after.count - before.passes.count
    return { what, cards, waiting, passes, calls: calls / passes, ms: (after.seconds - before.passes.seconds) * 1000 / passes, cpuUs: cpuUs / passes }
  } finally {
    await service.close()
  }
}

async function passesOf ({ url }: Service): Promise<{ count: number, seconds: number }> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const value = (name: string) => Number(new RegExp(`^ringfence_dialer_pass_seconds_${name} (\\S+)$`, 'm').exec(text)?.[1] ?? NaN)
  return { count: value('count'), seconds: value('sum') }
}

async function cpuOf (services: readonly Service[]): Promise<number> {
  const all = await Promise.all(services.map(async ({ cpuUs }) => await cpuUs()))
  return all.reduce((total, us) => total + us, 0)
}

function sum (counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0)
}
