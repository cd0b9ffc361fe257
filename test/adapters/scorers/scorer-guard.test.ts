import { mock } from 'node:test'
import t from 'tap'
import { createGuardedScorer } from '../../../src/adapters/scorers/scorer-guard.ts'
import { RingfenceError, type ErrorCode } from '../../../src/errors.ts'
import type { GiveUpSignal, Assessment, ScorableTransaction, Scorer } from '../../../src/ports.ts'

const TRANSACTION: ScorableTransaction = {
  transactionId: 'tx-1', customerId: 'u1', occurredAtMs: Date.UTC(2026, 10, 22, 10), amount: { valueMinor: 415500, currency: 'EUR' }, variables: {}
}
const FINE: Assessment = { score: 12, model: { name: 'm', version: '1' }, unusedVariables: [] }
const TIMEOUT_MS = 300
const RESET_MS = 5_000

type Deed = Assessment | ErrorCode | Error | 'hang'

/** A guard on mocked timers around a scorer that does what the test says; whatever was logged and counted lies open. */
function guarded (t: { teardown: (end: () => void) => unknown }, { failurePercent = 50, resetMs = RESET_MS, ...more }: { failurePercent?: number, resetMs?: number } & Partial<Scorer> = {}) {
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.UTC(2026, 10, 22, 10) })
  t.teardown(() => { mock.timers.reset() })
  const deeds: Deed[] = []
  const held = { always: FINE as Deed, asked: 0, signals: [] as GiveUpSignal[] }
  const logged: string[] = []
  const counted: string[] = []
  const log = (_fields: object, message: string) => { logged.push(message) }
  const guard = createGuardedScorer({
    scorer: {
      name: 'frauddetector',
      async score (_transaction, signal) {
        held.asked++
        held.signals.push(signal)
        const deed = deeds.shift() ?? held.always
        if (deed === 'hang') return await new Promise<never>(() => {})
        if (typeof deed === 'string') throw new RingfenceError(deed)
        if (deed instanceof Error) throw deed
        return deed
      },
      ...more
    },
    timeoutMs: TIMEOUT_MS,
    breaker: { failurePercent, resetMs },
    metrics: { scored: () => { counted.push('scored') }, scorerRetried: () => { counted.push('retried') }, breakerStands: (_name, state) => { counted.push(state) } },
    log: { info: log, warn: log, error: log },
    nowMs: Date.now
  })
  /** What one score comes to: the score, or the code of the error. */
  async function ask (): Promise<number | null | string> {
    return await guard.score(TRANSACTION).then(({ score }) => score, (error: unknown) => error instanceof RingfenceError ? error.code : String(error))
  }
  async function askOften (times: number): Promise<unknown[]> {
    const told: unknown[] = []
    for (let count = 0; count < times; count++) told.push(await ask())
    return told
  }
  return { guard, held, deeds, logged, counted, ask, askOften }
}

t.test('score: a scorer that hangs is given up at the deadline, and told so by its signal', async (t) => {
  const { guard, held, deeds } = guarded(t)
  deeds.push('hang')
  const score = guard.score(TRANSACTION)
  mock.timers.tick(TIMEOUT_MS - 1)
  t.equal(held.signals[0]?.aborted, false)
  mock.timers.tick(1)
  await t.rejects(score, { code: 'scorer_timeout', detail: 'No score within 300 ms.' })
  t.equal(held.signals[0]?.aborted, true)
})

t.test('score: a second try is made at most once, at once, only for what it may mend, and only while half of the time is left', async (t) => {
  const TABLE: Array<[what: string, deeds: Deed[], told: unknown, asked: number]> = [
    ['broken off, then fine', ['scorer_interrupted', FINE], 12, 2],
    ['broken off twice', ['scorer_interrupted', 'scorer_interrupted', FINE], 'scorer_interrupted', 2],
    ['broken off, then late', ['scorer_interrupted', 'scorer_timeout', FINE], 'scorer_timeout', 2],
    ...(['scorer_unavailable', 'scorer_timeout', 'scorer_throttled', 'scorer_denied', 'scorer_reply_invalid', 'scorer_refused', 'scorer_outcome_unknown'] as const)
      .map((code): [string, Deed[], unknown, number] => [code, [code, FINE], code, 1]),
    ['a fault that nobody named', [new TypeError('x is undefined'), FINE], 'scorer_unavailable', 1]
  ]
  for (const [what, planned, told, asked] of TABLE) {
    const { ask, deeds, held, counted } = guarded(t)
    deeds.push(...planned)
    t.equal(await ask(), told, what)
    t.equal(held.asked, asked, what)
    t.equal(counted.filter((one) => one === 'retried').length, asked - 1, what)
    mock.timers.reset()
  }
  for (const [afterMs, asked] of [[150, 2], [151, 1]] as const) {
    let breakOff = () => {}
    const { guard, held } = guarded(t, {
      async score () {
        held.asked++
        if (held.asked > 1) return FINE
        return await new Promise((_resolve, reject) => { breakOff = () => { reject(new RingfenceError('scorer_interrupted')) } })
      }
    })
    const settled = guard.score(TRANSACTION).catch(() => {})
    mock.timers.tick(afterMs)
    breakOff()
    await settled
    t.equal(held.asked, asked, `broken off after ${afterMs} ms`)
    mock.timers.reset()
  }
})

t.test('score: the deadline holds for both tries together', async (t) => {
  const { guard, deeds, held } = guarded(t)
  deeds.push('scorer_interrupted', 'hang')
  const score = guard.score(TRANSACTION)
  await new Promise((resolve) => { setImmediate(resolve) })
  t.equal(held.asked, 2)
  mock.timers.tick(TIMEOUT_MS)
  await t.rejects(score, { code: 'scorer_timeout' })
})

t.test('score: what is neither a ruling nor a score of 0 to 1000 is no assessment', async (t) => {
  for (const score of [NaN, -1, 1001, Infinity, null]) {
    const { ask, deeds } = guarded(t)
    deeds.push({ ...FINE, score })
    t.equal(await ask(), 'scorer_reply_invalid', String(score))
    mock.timers.reset()
  }
  const { ask, deeds } = guarded(t)
  deeds.push({ ...FINE, score: null, ruled: { outcome: 'fraud', ruleIds: ['r'] } })
  t.equal(await ask(), null, 'a ruling needs no score')
})

t.test('breaker: which faults open it, and from which share on', async (t) => {
  const TABLE: Array<[code: ErrorCode, opens: boolean]> = [
    ['scorer_unavailable', true], ['scorer_interrupted', true], ['scorer_timeout', true], ['scorer_denied', true], ['scorer_reply_invalid', true],
    ['scorer_throttled', false], ['scorer_refused', false], ['scorer_outcome_unknown', false]
  ]
  for (const [code, opens] of TABLE) {
    const { askOften, guard, held } = guarded(t)
    held.always = code
    await askOften(9)
    t.equal(guard.state(), 'closed', `${code}: nine are too few to tell`)
    await askOften(21)
    t.equal(guard.state(), opens ? 'open' : 'closed', code)
    mock.timers.reset()
  }
  for (const [failurePercent, failures, state] of [[50, 4, 'closed'], [50, 5, 'open'], [100, 9, 'closed'], [100, 10, 'open'], [10, 1, 'open']] as const) {
    const { askOften, deeds, guard } = guarded(t, { failurePercent })
    deeds.push(...Array.from({ length: 10 - failures }, () => FINE), ...Array.from({ length: failures }, () => 'scorer_unavailable' as const))
    await askOften(10)
    t.equal(guard.state(), state, `${failures} of 10 with ${failurePercent} %`)
    mock.timers.reset()
  }
})

t.test('breaker: what happened more than 10 s ago does not count', async (t) => {
  const { askOften, held, guard } = guarded(t)
  held.always = 'scorer_unavailable'
  await askOften(9)
  mock.timers.tick(10_000)
  await askOften(9)
  t.equal(guard.state(), 'closed')
  await askOften(1)
  t.equal(guard.state(), 'open')
})

t.test('breaker: while it is open nobody is asked; one transaction tries again, and opens or closes it', async (t) => {
  const { ask, askOften, held, deeds, guard, logged, counted } = guarded(t)
  held.always = 'scorer_unavailable'
  await askOften(10)
  t.equal(held.asked, 10)
  t.same(await askOften(5), Array.from({ length: 5 }, () => 'scorer_paused'))
  mock.timers.tick(RESET_MS - 1)
  t.equal(await ask(), 'scorer_paused')
  t.equal(held.asked, 10, 'left alone')

  mock.timers.tick(1)
  t.equal(guard.state(), 'half_open')
  t.equal(await ask(), 'scorer_unavailable')
  t.equal(guard.state(), 'open', 'one failure is enough')

  mock.timers.tick(RESET_MS)
  deeds.push('hang')
  held.always = FINE
  const probe = ask()
  t.same(await askOften(3), ['scorer_paused', 'scorer_paused', 'scorer_paused'], 'one tries, no other does')
  mock.timers.tick(TIMEOUT_MS)
  t.equal(await probe, 'scorer_timeout')
  t.equal(guard.state(), 'open')

  mock.timers.tick(RESET_MS)
  t.equal(await ask(), 12)
  t.equal(guard.state(), 'closed')
  held.always = 'scorer_unavailable'
  await askOften(9)
  t.equal(guard.state(), 'closed', 'the failures before it closed are forgotten')
  t.same(logged, ['scorer fails too often and is left alone', 'scorer answers again'], 'each change that matters is told once')
  t.same(counted.filter((one) => one !== 'scored'), ['closed', 'open', 'half_open', 'open', 'half_open', 'open', 'half_open', 'closed'])
})

t.test('breaker: a scorer that refuses or throttles the one that tries does answer again', async (t) => {
  for (const code of ['scorer_refused', 'scorer_throttled'] as const) {
    const { ask, askOften, held, guard } = guarded(t)
    held.always = 'scorer_timeout'
    await askOften(10)
    mock.timers.tick(RESET_MS)
    held.always = code
    t.equal(await ask(), code)
    t.equal(guard.state(), 'closed', code)
    mock.timers.reset()
  }
})

t.test('breaker: a transaction that the scorer refuses without asking anybody neither closes it nor thins out its failures', async (t) => {
  const { ask, askOften, guard, held } = guarded(t, { refusal: () => isRefused ? new RingfenceError('scorer_refused') : undefined })
  let isRefused = true
  held.always = 'scorer_timeout'
  t.equal(await ask(), 'scorer_refused')
  await askOften(20)
  t.equal(held.asked, 0, 'nobody was asked')
  isRefused = false
  await askOften(10)
  t.equal(guard.state(), 'open', 'ten of ten failed')

  isRefused = true
  t.equal(await ask(), 'scorer_refused', 'told as it is, not as paused')
  mock.timers.tick(RESET_MS)
  t.equal(await ask(), 'scorer_refused')
  t.equal(guard.state(), 'half_open', 'still waits for one that tries')
  isRefused = false
  t.equal(await ask(), 'scorer_timeout')
  t.equal(guard.state(), 'open')
  t.equal(held.asked, 11)
})

t.test('checkReady: told by what the last transactions met, without a prediction', async (t) => {
  const { ask, askOften, guard, held } = guarded(t)
  const isReady = async () => await guard.checkReady().then(() => true, (error: RingfenceError) => error.code)
  t.equal(await isReady(), true, 'nothing is known against it')
  for (const [code, ready] of [['scorer_refused', true], ['scorer_throttled', 'scorer_throttled'], ['scorer_denied', 'scorer_denied']] as const) {
    held.always = code
    await ask()
    t.equal(await isReady(), ready, code)
    held.always = FINE
    await ask()
    t.equal(await isReady(), true)
  }
  held.always = 'scorer_timeout'
  await askOften(20)
  t.equal(await isReady(), 'scorer_paused')
  mock.timers.tick(RESET_MS)
  t.equal(await isReady(), 'scorer_timeout', 'nobody has tried yet')
  const asked = held.asked
  await isReady()
  t.equal(held.asked, asked)
})

t.test('checkReady: without traffic one fault is told for 30 s, and an open breaker for as long as it is open', async (t) => {
  for (const code of ['scorer_unavailable', 'scorer_throttled'] as const) {
    const { ask, guard, held } = guarded(t)
    held.always = code
    await ask()
    mock.timers.tick(29_999)
    await t.rejects(guard.checkReady(), { code })
    mock.timers.tick(1)
    await t.resolves(guard.checkReady(), code)
    await ask()
    await t.rejects(guard.checkReady(), { code }, 'a new one is told anew')
    mock.timers.reset()
  }
  const { askOften, guard, held } = guarded(t, { resetMs: 60_000 })
  held.always = 'scorer_timeout'
  await askOften(10)
  mock.timers.tick(59_999)
  await t.rejects(guard.checkReady(), { code: 'scorer_paused' })
})

t.test('checkReady: a scorer that can be asked for nothing is asked, within the deadline', async (t) => {
  let ready: () => Promise<void> = async () => {}
  const { guard } = guarded(t, { checkReady: async () => { await ready() } })
  await guard.checkReady()
  ready = async () => { throw new RingfenceError('scorer_unavailable') }
  await t.rejects(guard.checkReady(), { code: 'scorer_unavailable' })
  ready = async () => await new Promise(() => {})
  const check = guard.checkReady()
  mock.timers.tick(TIMEOUT_MS)
  await t.rejects(check, { code: 'scorer_timeout' })
})
