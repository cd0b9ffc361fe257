import t from 'tap'
import { QUEUES } from '../../src/domain/case-due.ts'
import { RingfenceError } from '../../src/errors.ts'
import type { Assessment, Scorer } from '../../src/ports.ts'
import { createWorld, KEY_HEADERS, postTransaction, putSampleCustomer, transactionBody } from '../world.ts'

type Decision = { outcome: string, score: number | null, reasons: string[], degraded: boolean, scorer: object | null, case: { id: string, status: string } | null }

t.test('screenTransaction: a scorer that fails or hangs leaves the decision to the fallback, and the reply says so', async (t) => {
  const table: Array<[fallback: 'approve' | 'investigate' | 'fraud', opensCase: boolean]> = [['approve', false], ['investigate', false], ['fraud', true]]
  for (const [unscoredOutcome, opensCase] of table) {
    const world = await createWorld({ policy: { unscoredOutcome }, scoreTimeoutMs: 40 })
    await putSampleCustomer(world.app)
    for (const [name, next] of [['error', new Error('model file is gone')], ['hang', 'never']] as const) {
      world.scorer.next = next
      const reply = await postTransaction(world.app, transactionBody(`tx-${name}`))
      t.equal(reply.statusCode, 200, name)
      const decision = reply.json<Decision>()
      t.match(decision, { outcome: unscoredOutcome, score: null, reasons: ['scorer_failed'], degraded: true, scorer: null })
      t.equal(decision.case !== null, opensCase, `${unscoredOutcome} opens ${opensCase ? 'a' : 'no'} case`)
    }
    t.equal(world.logLines.filter((line) => line.includes('scorer failed, fallback used')).length, 2)
    await world.close()
  }
})

t.test('screenTransaction', async (t) => {
  const world = await createWorld()
  t.teardown(world.close)
  const { app } = world
  const cardId = await putSampleCustomer(app)

  await t.test('screenTransaction: a replay returns the first decision, whatever the scorer says by then', async (t) => {
    world.scorer.next = 12
    const first = await postTransaction(app, transactionBody('tx-replayed'))
    for (const next of [999, new Error('down')] as const) {
      world.scorer.next = next
      const again = await postTransaction(app, transactionBody('tx-replayed'))
      t.same(again.json(), first.json())
      t.equal(again.headers['idempotent-replayed'], 'true')
    }
    t.equal(first.headers['idempotent-replayed'], undefined)
    t.match((await postTransaction(app, transactionBody('tx-replayed', { amount: { value: 1, currency: 'EUR' } }))).json(), { status: 409, code: 'transaction_changed' })
    t.equal((await world.store.cards.get(cardId))?.openCaseId, null)
  })

  await t.test('screenTransaction: investigate opens no case unless the policy says so', async (t) => {
    world.scorer.next = 800
    t.match((await postTransaction(app, transactionBody('tx-investigate'))).json(), { outcome: 'investigate', case: null })
    const other = await createWorld({ policy: { investigateOpensCase: true } })
    t.teardown(other.close)
    await putSampleCustomer(other.app)
    other.scorer.next = 800
    t.match((await postTransaction(other.app, transactionBody('tx-investigate'))).json(), { outcome: 'investigate', case: { status: 'open' } })
    t.equal(other.dialerWakes(), 1)
  })

  await t.test('screenTransaction: a blocked card is answered blocked; nothing is scored, nobody is asked', async (t) => {
    await app.inject({ method: 'POST', url: `/v1/cards/${cardId}/block`, headers: KEY_HEADERS, payload: { reason: 'hotline' } })
    const scored = world.scorer.seen.length
    world.scorer.next = 999
    t.match((await postTransaction(app, transactionBody('tx-blocked'))).json(), { outcome: 'blocked', score: null, reasons: ['card_blocked'], degraded: false, scorer: null, card: { isBlocked: true }, case: null })
    t.equal(world.scorer.seen.length, scored)
    t.same(await world.store.dueIndex.due(QUEUES, world.clock.nowMs + 3_600_000, 10), [])
    await app.inject({ method: 'POST', url: `/v1/cards/${cardId}/unblock`, headers: KEY_HEADERS, payload: { reason: 'found again' } })
  })

  await t.test('screenTransaction: 20 copies of one transaction at once get one decision and one case', async (t) => {
    world.scorer.next = 987
    const replies = await Promise.all(Array.from({ length: 20 }, async () => await postTransaction(app, transactionBody('tx-copied'))))
    t.same(new Set(replies.map(({ statusCode }) => statusCode)), new Set([200]))
    t.equal(new Set(replies.map(({ body }) => body)).size, 1)
    t.equal(replies.filter(({ headers }) => headers['idempotent-replayed'] === undefined).length, 1)
    t.equal((await world.store.cases.list({ status: undefined, cardId, limit: 10, olderThan: undefined })).length, 1)
  })
})

t.test('askCardholder: transactions of one card at once join one case with one attempt, and all are listed', async (t) => {
  const world = await createWorld()
  t.teardown(world.close)
  const cardId = await putSampleCustomer(world.app)
  world.scorer.next = 987
  const ids = Array.from({ length: 30 }, (_, index) => `tx-${String(index).padStart(2, '0')}`)
  const caseIds = new Set<string | undefined>()
  // Who loses too many races is told so and sends the request again, as the error says.
  const refused = new Set<string>()
  await Promise.all(ids.map(async (id) => {
    for (let tries = 0; tries < 10; tries++) {
      const reply = await postTransaction(world.app, transactionBody(id))
      if (reply.statusCode === 200) {
        caseIds.add(reply.json<Decision>().case?.id)
        return
      }
      refused.add(reply.json<{ code: string }>().code)
    }
    t.fail(`${id} was never taken`)
  }))
  refused.delete('state_contended')
  t.same([...refused], [])
  const cases = await world.store.cases.list({ status: undefined, cardId, limit: 10, olderThan: undefined })
  t.equal(cases.length, 1)
  t.same(cases[0]?.transactions.map(({ transactionId }) => transactionId).toSorted(), ids)
  t.equal(cases[0]?.attempts.length, 1)
  t.same([...caseIds], [cases[0]?.caseId])
  await Promise.all([world.dial(), world.dial()])
  t.equal(world.line.requests.length, 1)
  t.match(world.line.requests[0]?.attributes, { Count: '30' })
})

t.test('askCardholder: a transaction whose case was opened by another one, and answered, is asked about in a case of its own', async (t) => {
  let dies = true
  const world = await createWorld({
    breakStore: (store) => ({ ...store, cases: { ...store.cases, async save (question) { if (dies) { dies = false; throw new Error('died') } return await store.cases.save(question) } } })
  })
  t.teardown(world.close)
  await putSampleCustomer(world.app)
  world.scorer.next = 987
  t.equal((await postTransaction(world.app, transactionBody('tx-a'))).statusCode, 500, 'dies between the claim and the case')
  const other = (await postTransaction(world.app, transactionBody('tx-b'))).json<Decision>().case?.id ?? ''
  await world.app.inject({ method: 'POST', url: `/v1/cases/${other}/answer`, headers: KEY_HEADERS, payload: { answer: 'genuine' } })
  world.clock.nowMs += 10_000
  await world.dial()
  const replay = await postTransaction(world.app, transactionBody('tx-a'))
  t.equal(replay.statusCode, 200)
  const own = replay.json<Decision>().case?.id ?? ''
  t.match(own, /^case_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/)
  t.not(own, other)
  t.match(await world.store.cases.get(own), { status: 'open', transactions: [{ transactionId: 'tx-a' }] })
})

t.test('screenTransaction: a replay gets the first decision although the card was released meanwhile', async (t) => {
  const world = await createWorld()
  t.teardown(world.close)
  await putSampleCustomer(world.app)
  const first = await postTransaction(world.app, transactionBody('tx-1'))
  await putSampleCustomer(world.app, { cards: [] }).catch(() => {})
  const replay = await postTransaction(world.app, transactionBody('tx-1'))
  t.equal(replay.statusCode, 200)
  t.same(replay.json(), first.json())
  t.equal((await postTransaction(world.app, transactionBody('tx-2'))).statusCode, 409)
})

t.test('screenTransaction: the former holder of a card is not called about it, nor told of the next holder\'s payment', async (t) => {
  const world = await createWorld()
  t.teardown(world.close)
  await putSampleCustomer(world.app)
  world.scorer.next = 987
  const former = (await postTransaction(world.app, transactionBody('tx-1'))).json<Decision>().case?.id ?? ''
  await putSampleCustomer(world.app, { cards: [] }).catch(() => {})
  await world.app.inject({
    method: 'PUT',
    url: '/v1/customers/bob',
    headers: KEY_HEADERS,
    payload: { firstName: 'Bob', lastName: 'Babbage', phoneNumber: '+4915187654321', timeZone: 'Europe/Berlin', cards: [{ number: '2442230821108788' }] }
  })
  t.equal((await postTransaction(world.app, transactionBody('tx-2', { customerId: 'bob' }))).statusCode, 200)
  for (let passes = 0; passes < 3; passes++) { await world.dial(); world.clock.nowMs += 3_000 }
  t.same(world.line.requests.map(({ phoneNumber }) => phoneNumber), ['+4915187654321'])
  t.match(await world.store.cases.get(former), { status: 'closed', decision: 'none', ending: 'customer_gone' })
})

t.test('screenTransaction: a score that is none is a scorer that failed', async (t) => {
  const world = await createWorld()
  t.teardown(world.close)
  await putSampleCustomer(world.app)
  for (const score of [Number.NaN, -1, 1001, Number.POSITIVE_INFINITY]) {
    world.scorer.next = score
    const reply = await postTransaction(world.app, transactionBody(`tx-${score}`))
    t.match({ status: reply.statusCode, ...reply.json<object>() }, { status: 200, degraded: true, reasons: ['scorer_failed'] }, String(score))
  }
})

t.test('screenTransaction: a burst on one card is taken whole, in one case', async (t) => {
  const world = await createWorld()
  t.teardown(world.close)
  await putSampleCustomer(world.app)
  world.scorer.next = 987
  const replies = await Promise.all(Array.from({ length: 40 }, async (_, i) => await postTransaction(world.app, transactionBody(`tx-${i}`))))
  t.same([...new Set(replies.map(({ statusCode }) => statusCode))], [200])
  t.equal(new Set(replies.map((reply) => reply.json<Decision>().case?.id)).size, 1)
})

/** Another scorer that stands by for the held one, whose name it leaves free. */
function standBy (score: number | Error): Scorer {
  return {
    name: 'embedded',
    async score () {
      if (score instanceof Error) throw score
      return { score, model: { name: 'stand-by', version: '7' }, unusedVariables: [] }
    },
    async checkReady () { if (score instanceof Error) throw score }
  }
}

/** The held scorer as one outside the process: nobody can ask it for nothing. */
function outside ({ score }: Scorer): Scorer {
  return { name: 'frauddetector', score }
}

t.test('screenTransaction: what stands by speaks when the scorer fails, and the reply names it', async (t) => {
  const world = await createWorld({ scorers: (held) => [outside(held), standBy(900)] })
  t.teardown(world.close)
  await putSampleCustomer(world.app)
  world.scorer.next = new RingfenceError('scorer_throttled')
  t.match((await postTransaction(world.app, transactionBody('tx-1'))).json(), {
    outcome: 'fraud', score: 900, reasons: ['scorer_failed', 'score_over_fraud_threshold'], degraded: true, scorer: { name: 'embedded', model: 'stand-by', version: '7' }, case: { status: 'open' }
  })
  world.scorer.next = 10
  t.match((await postTransaction(world.app, transactionBody('tx-2'))).json(), { outcome: 'approve', score: 10, reasons: ['no_rule_matched'], degraded: false, scorer: { name: 'frauddetector', model: 'held' } })
  const metrics = await world.metricsText()
  t.match(metrics, 'ringfence_scorer_failures_total{scorer="frauddetector",why="scorer_throttled",fallback="embedded"} 1')
  t.match(metrics, 'ringfence_transactions_total{outcome="fraud",scorer="embedded",degraded="true",replayed="false"} 1')
  t.match(metrics, 'ringfence_transactions_total{outcome="approve",scorer="frauddetector",degraded="false",replayed="false"} 1')
})

t.test('screenTransaction: when what stands by fails as well, the policy\'s outcome decides', async (t) => {
  const world = await createWorld({ policy: { unscoredOutcome: 'fraud' }, scorers: (held) => [outside(held), standBy(new Error('no model'))] })
  t.teardown(world.close)
  await putSampleCustomer(world.app)
  world.scorer.next = new RingfenceError('scorer_denied')
  t.match((await postTransaction(world.app, transactionBody('tx-1'))).json(), { outcome: 'fraud', score: null, reasons: ['scorer_failed'], degraded: true, scorer: null, case: { status: 'open' } })
  const metrics = await world.metricsText()
  t.match(metrics, 'ringfence_scorer_failures_total{scorer="frauddetector",why="scorer_denied",fallback="embedded"} 1')
  t.match(metrics, 'ringfence_scorer_failures_total{scorer="embedded",why="scorer_unavailable",fallback="fraud"} 1')
})

t.test('screenTransaction: while the breaker is open the scorer is not asked, the fallback decides, and the log has it once', async (t) => {
  const world = await createWorld({ scorers: (held) => [outside(held), standBy(10)] })
  t.teardown(world.close)
  await putSampleCustomer(world.app)
  world.scorer.next = new RingfenceError('scorer_unavailable')
  for (let count = 0; count < 15; count++) t.match((await postTransaction(world.app, transactionBody(`tx-${count}`))).json(), { outcome: 'approve', degraded: true, scorer: { name: 'embedded' } })
  t.equal(world.scorer.seen.length, 10)
  t.equal(world.logLines.filter((line) => line.includes('scorer failed, fallback used')).length, 10)
  t.equal(world.logLines.filter((line) => line.includes('scorer fails too often and is left alone')).length, 1)
  const metrics = await world.metricsText()
  t.match(metrics, 'ringfence_scorer_failures_total{scorer="frauddetector",why="scorer_paused",fallback="embedded"} 5')
  t.match(metrics, 'ringfence_scorer_breaker_state{scorer="frauddetector",state="open"} 1')
  t.match(metrics, 'ringfence_scorer_breaker_state{scorer="embedded",state="closed"} 1')
  t.match(metrics, 'ringfence_scorer_breaker_changes_total{scorer="frauddetector",to="open"} 1')
})

t.test('screenTransaction: a detector\'s ruling wins over the thresholds, with a score and without one', async (t) => {
  const world = await createWorld()
  t.teardown(world.close)
  await putSampleCustomer(world.app)
  const model = { name: 'card_model', version: '1.0' }
  const TABLE: Array<[assessment: Omit<Assessment, 'model' | 'unusedVariables'>, expected: object]> = [
    [{ score: 999, ruled: { outcome: 'approve', ruleIds: ['vip'] } }, { outcome: 'approve', score: 999, reasons: ['detector_rule_matched', 'rule:vip'], case: null }],
    [{ score: 1, ruled: { outcome: 'investigate', ruleIds: [] } }, { outcome: 'investigate', score: 1, reasons: ['detector_no_rule_matched'], case: null }],
    [{ score: null, ruled: { outcome: 'fraud', ruleIds: ['a', 'b'] } }, { outcome: 'fraud', score: null, reasons: ['detector_rule_matched', 'rule:a', 'rule:b'], degraded: false, case: { status: 'open' } }]
  ]
  for (const [index, [assessment, expected]] of TABLE.entries()) {
    world.scorer.next = { ...assessment, model, unusedVariables: [] }
    const reply = await postTransaction(world.app, transactionBody(`tx-${index}`))
    t.match(reply.json(), expected)
    t.same((await world.app.inject({ url: `/v1/transactions/tx-${index}`, headers: KEY_HEADERS })).json(), reply.json())
  }
})

t.test('screenTransaction: a ruling without a score is covered by the cardholder\'s word as its amount is', async (t) => {
  const world = await createWorld()
  t.teardown(world.close)
  await putSampleCustomer(world.app)
  world.scorer.next = { score: null, ruled: { outcome: 'fraud', ruleIds: ['a'] }, model: { name: 'm', version: '1' }, unusedVariables: [] }
  const caseId = (await postTransaction(world.app, transactionBody('tx-1'))).json<Decision>().case?.id ?? ''
  await world.app.inject({ method: 'POST', url: `/v1/cases/${caseId}/answer`, headers: KEY_HEADERS, payload: { answer: 'genuine' } })
  t.match((await postTransaction(world.app, transactionBody('tx-2'))).json(), { outcome: 'approve', reasons: ['detector_rule_matched', 'rule:a', 'confirmed_genuine_recently'] })
  t.match((await postTransaction(world.app, transactionBody('tx-3', { amount: { value: 415501, currency: 'EUR' } }))).json(), { outcome: 'fraud' })
})

t.test('screenTransaction: what is suspicious says why, as far as the scorer can tell; what is approved is not asked about', async (t) => {
  const world = await createWorld()
  t.teardown(world.close)
  await putSampleCustomer(world.app)
  let asked = 0
  const assessment = (score: number): Assessment => ({ score, model: { name: 'held', version: '1' }, unusedVariables: [], explain () { asked++; return ['transaction_amt', 'time'] } })
  world.scorer.next = assessment(700)
  t.same((await postTransaction(world.app, transactionBody('tx-1'))).json<Decision>().reasons, ['no_rule_matched'])
  t.equal(asked, 0, 'an approved payment pays for no second prediction')
  world.scorer.next = assessment(800)
  t.same((await postTransaction(world.app, transactionBody('tx-2'))).json<Decision>().reasons, ['score_over_investigate_threshold', 'model:transaction_amt', 'model:time'])
  world.scorer.next = assessment(990)
  t.same((await postTransaction(world.app, transactionBody('tx-3'))).json<Decision>().reasons, ['score_over_fraud_threshold', 'model:transaction_amt', 'model:time'])
  world.scorer.next = { ...assessment(990), explain () { throw new Error('unloaded meanwhile') } }
  t.match((await postTransaction(world.app, transactionBody('tx-4'))).json<Decision>(), { outcome: 'fraud', degraded: false, reasons: ['score_over_fraud_threshold'] })
  t.ok(world.logLines.some((line) => line.includes('score could not be explained')))
})
