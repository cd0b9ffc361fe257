import fc from 'fast-check'
import t, { type Test } from 'tap'
import type { Case } from '../../src/domain/case.ts'
import { QUEUES } from '../../src/domain/case-due.ts'
import type { ContactRequest, SubmissionResult } from '../../src/ports.ts'
import { startEmbeddedDynamoDb } from '../../src/simulators/dynamodb.ts'
import { takeContactEvent } from '../../src/usecases/conclude-contact.ts'
import { settleAnswer } from '../../src/usecases/settle-answer.ts'
import { createPrometheusMetrics } from '../../src/adapters/prometheus-metrics.ts'
import { DEFAULT_POLICY } from '../../src/domain/policy.ts'
import { createWorld, KEY_HEADERS, postTransaction, START_MS, transactionBody, type World, type WorldOptions } from '../world.ts'

/** For a longer hunt: `FC_RUNS=2000 npx tap test/model-check`; the seed of a failure goes into FC_SEED. */
const RUNS = Number(process.env['FC_RUNS'] ?? 12)
const SEED = Number(process.env['FC_SEED'] ?? 20_261_127)
const LINE_MODES = ['starts', 'starts_and_loses_the_reply', 'starts_and_dies', 'puts_off', 'refuses'] as const
const POLICY = { ladder: [{ channel: 'voice', delayMs: 0 }, { channel: 'voice', delayMs: 60_000 }, { channel: 'voice', delayMs: 60_000 }], quietMs: 0 } as const
const SILENT = { info () {}, warn () {}, error () {} }
const { metrics } = createPrometheusMetrics()

/** One thing that happens; numbers choose among what is there. */
type Happening =
  | { kind: 'transaction', replica: number, card: number, id: number }
  | { kind: 'pass', replica: number }
  | { kind: 'time', ms: number }
  | { kind: 'line', mode: typeof LINE_MODES[number] }
  | { kind: 'pick_up' | 'hang_up', contact: number }
  | { kind: 'key', contact: number, answer: 'fraud' | 'genuine', replica: number }
  | { kind: 'operator', verb: 'block' | 'unblock' | 'close', card: number }
  | { kind: 'crash', replica: number, afterCalls: number }

const replica = fc.nat(1)
const contact = fc.nat(20)
const happenings: fc.Arbitrary<Happening[]> = fc.array(fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('transaction' as const), replica, card: fc.nat(1), id: fc.nat(7) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('pass' as const), replica }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('time' as const), ms: fc.constantFrom(1_000, 3_000, 7_000, 20_000, 61_000, 241_000) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('line' as const), mode: fc.constantFrom(...LINE_MODES) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('pick_up' as const, 'hang_up' as const), contact }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('key' as const), contact, answer: fc.constantFrom('fraud' as const, 'genuine' as const), replica }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('operator' as const), verb: fc.constantFrom('block' as const, 'unblock' as const, 'close' as const), card: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('crash' as const), replica, afterCalls: fc.nat(12) }) }
), { minLength: 5, maxLength: 30 })

interface StartedContact {
  contactId: string
  caseId: string
  attemptId: string
  isOver: boolean
  key: 'fraud' | 'genuine' | null
}

/** Two replicas on one table, and one line; each run has cards of its own. */
async function stage (t: Test, plant: (store: World['store']) => World['store'] = (store) => store, maxLooks = 300) {
  const engine = await startEmbeddedDynamoDb()
  const options = (index: number): WorldOptions => ({ endpoint: engine.endpoint, tableName: 'model-check', policy: POLICY, breakStore: (store) => plant(mortal(store, lives[index] ?? { callsLeft: Infinity })) })
  const lives = [{ callsLeft: Infinity }, { callsLeft: Infinity }]
  const worlds = [await createWorld(options(0)), await createWorld(options(1))] as const
  t.teardown(async () => {
    for (const world of worlds) await world.close()
    await engine.close()
  })
  let runs = 0

  /** Lets it all happen, and looks after each. @throws Error saying which promise was broken */
  async function run (all: readonly Happening[]): Promise<void> {
    const run = runs++
    const started = new Map<string, StartedContact>()
    const before = new Map<string, Case>()
    const caseIds = new Set<string>()
    let mode: typeof LINE_MODES[number] = 'starts'
    // The one before may have left a lease behind; time only goes on.
    let nowMs = Math.max(...worlds.map(({ clock }) => clock.nowMs), START_MS) + 10_000
    const setTime = (ms: number) => { nowMs = ms; for (const { clock } of worlds) clock.nowMs = ms }
    setTime(nowMs)
    const cards = await Promise.all([0, 1].map(async (card) => await putCard(run, card)))

    function start ({ clientToken, attributes }: ContactRequest): SubmissionResult {
      const known = started.get(clientToken)
      if (known === undefined && mode === 'puts_off') return { kind: 'not_now', why: 'quota' }
      if (known === undefined && mode === 'refuses') return { kind: 'refused', outcome: 'rejected', why: 'never' }
      const one = known ?? { contactId: `contact-${clientToken}`, caseId: attributes['CaseId'] ?? '', attemptId: attributes['AttemptId'] ?? '', isOver: false, key: null }
      const ringing = [...started.values()].find(({ caseId, isOver }) => caseId === one.caseId && !isOver)
      if (known === undefined && ringing !== undefined && !hasGivenUp(ringing)) throw new Broken(`a second call for ${one.caseId} while one rings`)
      if (known === undefined && [...started.values()].some(({ attemptId }) => attemptId === one.attemptId)) throw new Broken(`attempt ${one.attemptId} called twice`)
      started.set(clientToken, one)
      if (mode === 'starts_and_dies') throw new Error('the process dies')
      return mode === 'starts_and_loses_the_reply' ? { kind: 'unknown', why: 'timed out' } : { kind: 'submitted', contactId: one.contactId }
    }
    /** The watchdog may give a call up that the line still holds. */
    function hasGivenUp ({ caseId, attemptId }: StartedContact): boolean {
      return before.get(caseId)?.attempts.find((attempt) => attempt.attemptId === attemptId)?.status === 'ended' || (before.get(caseId)?.attempts.find((attempt) => attempt.attemptId === attemptId)?.submittedAtMs ?? nowMs) + DEFAULT_POLICY.attemptMs <= nowMs
    }
    let broken: Broken | undefined
    for (const world of worlds) {
      world.scorer.next = 987
      world.line.next = (request) => {
        try {
          return start(request)
        } catch (error) {
          if (error instanceof Broken) broken = error
          throw error
        }
      }
      world.reader.next = (contactId) => {
        const one = [...started.values()].find((each) => each.contactId === contactId)
        if (one === undefined) return { kind: 'not_found', why: 'no such contact' }
        return { kind: 'found', connectedAtMs: nowMs, endedAtMs: one.isOver ? nowMs : null, disconnectReason: null, answeringMachine: null, answer: one.key, optOut: [], heard: one.key === null ? 'nothing' : 'key' } as never
      }
    }
    const pickContact = (number: number) => [...started.values()][number % Math.max(1, started.size)]
    const changing = (world: World) => ({ ...world.store, policy: { ...DEFAULT_POLICY, callingWindow: undefined, ...POLICY }, metrics, log: SILENT, nowMs: () => nowMs })

    async function happen (one: Happening): Promise<void> {
      const world = worlds['replica' in one ? one.replica as 0 | 1 : 0]
      switch (one.kind) {
        case 'transaction': {
          const { cardId, customerId } = cards[one.card] ?? { cardId: '', customerId: '' }
          const reply = await postTransaction(world.app, transactionBody(`tx-${run}-${one.card}-${one.id}`, { customerId, card: { id: cardId } }))
          const caseId = reply.statusCode === 200 ? reply.json<{ case: { id: string } | null }>().case?.id : undefined
          if (caseId !== undefined) caseIds.add(caseId)
          return
        }
        case 'pass': await world.dial().catch(() => false); return
        case 'time': setTime(nowMs + one.ms); return
        case 'line': mode = one.mode; return
        case 'pick_up':
        case 'hang_up': {
          const picked = pickContact(one.contact)
          if (picked === undefined) return
          if (one.kind === 'hang_up') picked.isOver = true
          await takeContactEvent({ ...changing(world) }, { eventId: `${picked.contactId}-${one.kind}`, contactId: picked.contactId, eventType: one.kind === 'hang_up' ? 'DISCONNECTED' : 'CONNECTED_TO_SYSTEM', receivedAtMs: nowMs, wasConnected: one.kind === 'pick_up' }).catch(() => {})
          return
        }
        case 'key': {
          const picked = pickContact(one.contact)
          if (picked === undefined || picked.isOver || picked.key !== null) return
          picked.key = one.answer
          await settleAnswer(changing(world), picked.caseId, one.answer, 'cardholder', { attemptId: picked.attemptId, contactId: picked.contactId }).catch(() => {})
          return
        }
        case 'operator': {
          const { cardId } = cards[one.card] ?? { cardId: '' }
          const openCaseId = (await read(async () => await worlds[0].store.cards.get(cardId)))?.openCaseId
          const url = one.verb === 'close' ? `/v1/cases/${openCaseId ?? 'case_01a20562-446f-708a-a322-efd89151236e'}/close` : `/v1/cards/${cardId}/${one.verb}`
          await worlds[0].app.inject({ method: 'POST', url, headers: KEY_HEADERS, payload: { reason: 'because' } })
          return
        }
        case 'crash':
          lives[one.replica] = Object.assign(lives[one.replica] ?? { callsLeft: 0 }, { callsLeft: one.afterCalls })
          await world.dial().catch(() => false)
          Object.assign(lives[one.replica] ?? {}, { callsLeft: Infinity })
          world.restartDialer()
      }
    }

    async function look (): Promise<void> {
      if (broken !== undefined) throw broken
      for (const { cardId } of cards) {
        const all = await worlds[0].store.cases.list({ status: undefined, cardId, limit: 100, olderThan: undefined })
        for (const { caseId } of all) caseIds.add(caseId)
        const undecided = all.filter(({ status }) => status === 'open')
        if (undecided.length > 1) throw new Broken(`two open cases of ${cardId}`)
      }
      for (const caseId of caseIds) {
        const now = await worlds[0].store.cases.get(caseId)
        if (now === undefined) throw new Broken(`${caseId} is gone`)
        if (now.attempts.filter(({ status }) => status !== 'ended').length > 1) throw new Broken(`${caseId} has two attempts under way`)
        const then = before.get(caseId)
        if (then !== undefined) {
          if ((then.decision === 'fraud' || then.decision === 'genuine') && now.decision !== then.decision) throw new Broken(`${caseId} was ${then.decision} and is ${now.decision ?? 'nothing'}`)
          if (JSON.stringify(now.history.slice(0, then.history.length)) !== JSON.stringify(then.history)) throw new Broken(`the history of ${caseId} changed`)
          if (now.version < then.version) throw new Broken(`${caseId} went back`)
        }
        before.set(caseId, now)
      }
    }

    for (const one of all) {
      await happen(one)
      await look()
    }
    // Everything is mended, and time goes on until nothing is left to do.
    mode = 'starts'
    for (const one of started.values()) one.isOver = true
    for (let looks = 0; looks < maxLooks; looks++) {
      const [next] = await worlds[0].store.dueIndex.due(QUEUES, Infinity, 1)
      if (next === undefined) break
      if (looks === maxLooks - 1) throw new Broken(`${next.kind} ${next.id} is never done`)
      setTime(Math.max(nowMs + 1_000, next.dueAtMs))
      for (const world of worlds) await world.dial()
      for (const one of started.values()) one.isOver = true
      await look()
    }
    for (const [caseId, { status }] of before) if (status !== 'closed') throw new Broken(`${caseId} is ${status}`)
    for (const { key, caseId } of started.values()) if (key !== null && before.get(caseId)?.decision === 'none') throw new Broken(`${caseId} lost the answer ${key}`)
    for (const { cardId } of cards) {
      const card = await worlds[0].store.cards.get(cardId)
      if (card?.openCaseId !== null) throw new Broken(`${cardId} still has an open case`)
      if (card.isBlocked && card.blocking?.by !== 'operator' && ![...before.values()].some((question) => question.cardId === cardId && question.decision === 'fraud')) throw new Broken(`${cardId} is blocked, and nobody said so`)
    }
  }

  async function putCard (run: number, card: number): Promise<{ cardId: string, customerId: string }> {
    const customerId = `customer-${run}-${card}`
    const payload = { firstName: 'Ada', lastName: 'Lovelace', phoneNumber: '+4915112345678', timeZone: 'Europe/Berlin', channels: ['voice'], cards: [{ number: `4${String(run * 2 + card).padStart(15, '0')}` }] }
    const reply = await worlds[0].app.inject({ method: 'PUT', url: `/v1/customers/${customerId}`, headers: KEY_HEADERS, payload })
    return { cardId: reply.json<{ cards: Array<{ id: string }> }>().cards[0]?.id ?? '', customerId }
  }

  return { run }
}

/** A promise that was not kept. */
class Broken extends Error {}

async function read<T> (what: () => Promise<T>): Promise<T | undefined> {
  return await what().catch(() => undefined)
}

/** A store of a process that dies after so many writes: from then on nothing that it does arrives. */
function mortal (store: World['store'], life: { callsLeft: number }): World['store'] {
  const alive = <A extends unknown[], R>(write: (...args: A) => Promise<R>) => async (...args: A): Promise<R> => {
    if (life.callsLeft-- <= 0) throw new Error('the process is dead')
    return await write(...args)
  }
  return {
    ...store,
    cases: { ...store.cases, save: alive(store.cases.save) },
    cards: { ...store.cards, save: alive(store.cards.save) },
    leases: { ...store.leases, save: alive(store.leases.save) },
    transactions: { ...store.transactions, recordOnce: alive(store.transactions.recordOnce), attachCase: alive(store.transactions.attachCase) },
    contactEvents: { ...store.contactEvents, bind: alive(store.contactEvents.bind), record: alive(store.contactEvents.record) }
  }
}

t.test('whatever happens to two replicas, their line and their store, in any order: every promise is kept, and everything ends', async (t) => {
  const { run } = await stage(t)
  await fc.assert(fc.asyncProperty(happenings, run), { numRuns: RUNS, seed: SEED })
  t.pass(`${RUNS} stories from seed ${SEED}`)
})

t.test('it can fail: each of these is found', async (t) => {
  const called: Happening[] = [{ kind: 'transaction', replica: 0, card: 0, id: 0 }, { kind: 'pass', replica: 0 }]
  const plants: Array<[name: string, plant: (store: World['store']) => World['store'], story: Happening[], found: RegExp]> = [
    [
      'a claim of a card that is not written', (store) => ({ ...store, cards: { ...store.cards, save: async (card) => card.openCaseId === null ? await store.cards.save(card) : true } }),
      [{ kind: 'transaction', replica: 0, card: 0, id: 0 }, { kind: 'transaction', replica: 1, card: 0, id: 1 }], /two open cases|still has an open case/
    ],
    [
      'a decision that is not written', (store) => ({ ...store, cases: { ...store.cases, save: async (question) => question.status !== 'open' && question.decision === 'fraud' ? true : await store.cases.save(question) } }),
      [...called, { kind: 'key', contact: 0, answer: 'fraud', replica: 0 }], /lost the answer|never done/
    ],
    ['work that the index forgets', (store) => ({ ...store, dueIndex: { due: async () => [] } }), called, /is open/],
    [
      'an intent that is not written', (store) => ({
        ...store,
        cases: { ...store.cases, save: async (question) => question.attempts.some(({ status }) => status === 'submitting' || status === 'submission_unknown') ? true : await store.cases.save(question) }
      }),
      [{ kind: 'transaction', replica: 0, card: 0, id: 0 }, { kind: 'line', mode: 'starts_and_loses_the_reply' }, { kind: 'pass', replica: 0 }, { kind: 'line', mode: 'refuses' }, { kind: 'time', ms: 1_000 }, { kind: 'pass', replica: 0 }], /is open|never done|while one rings/
    ]
  ]
  for (const [name, plant, story, found] of plants) {
    const { run } = await stage(t, plant, 20)
    await t.rejects(run(story), { message: found }, name)
  }
})
