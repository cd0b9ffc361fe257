import { createServer, type AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Child } from './child.ts'
import { openConnection } from './http-connection.ts'
import type { LoadOrder, LoadResult } from './load-generator.ts'
import { createRequests } from './payment.ts'
import { AT_ONCE, CONNECTIONS, connectionsFor, speedsOf, stubMs, type Plan, type StubSpeed } from './plan.ts'
import type { Sample } from './sample.ts'
import type { Stage } from './stage.ts'
import { startOf, type Subject } from './subjects.ts'

const START_MS = 30_000
const ASK_AGAIN_MS = 3
const FIRST_CONNECTIONS = 4
const FIRST_REQUESTS = 200
/** Of the open loop: as many requests under way at most; more wait, and their time counts. */
const MOST_CONNECTIONS = 1_024

/** One subject's turn in a round: started anew, warmed up, then measured with the stubs at once and delayed. */
export async function takeTurn (stage: Stage, subject: Subject, plan: Plan, round: number, say: (text: string) => void): Promise<{ samples: Sample[], itemBytes: number[] }> {
  const port = await freePort()
  await stage.setStubs(AT_ONCE)
  say('start')
  const startedAtMs = performance.now()
  const child = stage.startSubject(subject.name, startOf(subject, stage.surroundings, port))
  try {
    await firstReply(child, port, stage.payment)
    const startMs = performance.now() - startedAtMs
    const load = async (order: Order): Promise<LoadResult> => await stage.generator.ask('load', { port, payment: stage.payment, ...order })
    say('warm-up')
    // A process that was just started, with all connections at once, would be late with its own.
    await load({ connections: FIRST_CONNECTIONS, seconds: plan.warmUp, requests: FIRST_REQUESTS })
    await load({ connections: CONNECTIONS, seconds: plan.warmUp, requests: plan.warmUpRequests })
    const samples: Sample[] = []
    const itemBytes = new Set<number>()
    for (const speed of speedsOf(subject)) {
      await stage.setStubs(speed)
      const connections = connectionsFor(samples[0]?.perSecond ?? 0, stubMs(subject, speed))
      if (speed !== AT_ONCE) await load({ connections, seconds: plan.warmUpDelayed })
      const measured = await measure({ stage, subject, child, plan, load, say, itemBytes }, speed, connections)
      samples.push({ subject: subject.name, stubs: speed.name, round, startMs, connections, ...measured })
    }
    return { samples, itemBytes: [...itemBytes] }
  } finally {
    await child.end()
  }
}

type Order = Omit<LoadOrder, 'port' | 'payment'>

interface Turn {
  stage: Stage
  subject: Subject
  child: Child
  plan: Plan
  load: (order: Order) => Promise<LoadResult>
  say: (text: string) => void
  /** Of the items that were written, kept here. */
  itemBytes: Set<number>
}

async function measure ({ stage, subject, child, plan, load, say, itemBytes }: Turn, speed: StubSpeed, connections: number) {
  async function watchLoad (order: Order) {
    await stage.countCalls()
    const watched = await stage.watch(child, async () => await load(order))
    for (const bytes of checkCalls(subject, watched.result.answered, await stage.countCalls())) itemBytes.add(bytes)
    return watched
  }
  say(`${speed.name}, as many as go through`)
  const full = await watchLoad({ connections, seconds: plan.saturation, leadSeconds: plan.saturationLead })
  if (full.result.perSecond === 0) throw new Error(`${subject.name} answered nothing in time, ${speed.name}: the machine is too busy, or --seconds too few`)
  const halfPerSecond = full.result.perSecond / 2
  say(`${speed.name}, ${Math.round(halfPerSecond)} a second`)
  const half = await watchLoad({ connections: MOST_CONNECTIONS, seconds: plan.halfLoad, perSecond: halfPerSecond, leadSeconds: plan.halfLoadLead })
  const { subjectBusy, busiestOther, othersBusy } = full
  const { timed, p50Us, p99Us, p999Us, sentLateP99Us } = half.result
  return {
    perSecond: full.result.perSecond,
    cpuUs: full.subject.cpuUs / full.result.answered,
    subjectBusy,
    busiestOther,
    othersBusy,
    strangersBusy: Math.max(full.strangersBusy, half.strangersBusy),
    halfPerSecond,
    timed,
    p50Us,
    p99Us,
    p999Us,
    sentLateP99Us,
    halfCpuUs: half.subject.cpuUs / half.result.answered,
    loopDelayP99Us: half.subject.loopDelayP99Us,
    rssBytes: half.subject.rssBytes
  }
}

const PUT = /^PutItem transaction of (-?\d+) bytes$/

/** That every payment came to exactly the calls that belong to it, and no other. @returns how many bytes the items had @throws Error */
export function checkCalls ({ name, asks }: Pick<Subject, 'name' | 'asks'>, answered: number, counts: Readonly<Record<string, number>>): number[] {
  const puts = Object.entries(counts).flatMap(([what, count]) => {
    const bytes = PUT.exec(what)?.[1]
    return bytes === undefined ? [] : [{ bytes: Number(bytes), count }]
  })
  const expected = {
    'GetItem card': asks === null ? 0 : answered,
    'PutItem transaction': asks === null ? 0 : answered,
    'GetItem transaction': asks?.detector === true ? answered : 0,
    GetEventPrediction: asks?.detector === true ? answered : 0
  }
  const found: Record<string, number> = { ...counts, 'PutItem transaction': puts.reduce((sum, { count }) => sum + count, 0) }
  const wrong = Object.entries(expected).filter(([what, count]) => (found[what] ?? 0) !== count).map(([what, count]) => `${found[what] ?? 0} of ${what} instead of ${count}`)
  const strange = Object.keys(counts).filter((what) => what.startsWith('unknown') || what === 'UpdateItem')
  if (wrong.length + strange.length > 0) throw new Error(`${name}: ${answered} payments came to ${[...wrong, ...strange].join(', ')}`)
  return puts.map(({ bytes }) => bytes)
}

/** Waits until a payment is answered with 200. */
export async function firstReply (child: Child, port: number, payment: object): Promise<void> {
  const nextRequest = createRequests(payment, port)
  const givesUpAtMs = performance.now() + START_MS
  let last = 'it does not listen'
  while (performance.now() < givesUpAtMs && !child.hasEnded()) {
    const status = await new Promise<number>((resolve) => {
      const connection = openConnection(port, (code, reply) => {
        connection.close()
        last = reply.slice(0, 500)
        resolve(code)
      }, () => { resolve(0) })
      connection.send(nextRequest())
    })
    if (status === 200) return
    await sleep(ASK_AGAIN_MS)
  }
  throw new Error(`${child.name} answers no payment: ${last}\n${child.lastWords()}`)
}

/** A port that nobody listens on. */
export async function freePort (): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  const { port } = server.address() as AddressInfo
  await new Promise<void>((resolve) => { server.close(() => { resolve() }) })
  return port
}
