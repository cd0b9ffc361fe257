import { createHmac } from 'node:crypto'
import t from 'tap'
import type { Case } from '../../src/domain/case.ts'
import type { Policy } from '../../src/domain/policy.ts'
import type { ContactRequest } from '../../src/ports.ts'
import { createWorld, KEY_HEADERS, postTransaction, putSampleCustomer, transactionBody, type World } from '../world.ts'

const MINUTE_MS = 60_000
const SECRET = 'bridge-secret-of-the-tests-0123456789'

/** Posts a contact flow's answer as the bridge signs it. */
async function flowAnswer (world: World, caseId: string, attemptId: string, contactId: string, answer: 'fraud' | 'genuine' | 'none') {
  const payload = JSON.stringify({ Name: 'ContactFlowEvent', Details: { ContactData: { ContactId: contactId, Attributes: { CaseId: caseId, AttemptId: attemptId } }, Parameters: { answer } } })
  const seconds = Math.floor(world.clock.nowMs / 1000)
  const signature = createHmac('sha256', SECRET).update(`${seconds}.${payload}`).digest('hex')
  return await world.app.inject({ method: 'POST', url: '/v1/connect/answers', headers: { 'content-type': 'application/json', 'ringfence-signature': `t=${seconds},v1=${signature}` }, payload })
}

async function keyAnswer (world: World, caseId: string, answer: 'fraud' | 'genuine') {
  return await world.app.inject({ method: 'POST', url: `/v1/cases/${caseId}/answer`, headers: KEY_HEADERS, payload: { answer } })
}

const worlds = new Map<string, Promise<World>>()
let cardholders = 0
t.teardown(async () => { for (const world of worlds.values()) await (await world).close() })

/** A cardholder who is nobody else's, with one suspicious transaction; its case is open and was not dialled. Worlds of the same policy are one. */
async function suspicious (policy: Partial<Policy> = {}) {
  const key = JSON.stringify(policy)
  const making = worlds.get(key) ?? createWorld({ policy })
  worlds.set(key, making)
  const world = await making
  world.line.next = ({ clientToken }) => ({ kind: 'submitted', contactId: `contact-of-${clientToken}` })

  const number = `55550000${String(++cardholders).padStart(8, '0')}`
  const customerId = `customer-${cardholders}`
  const payload = { firstName: 'Ada', lastName: 'Lovelace', phoneNumber: '+4915112345678', timeZone: 'Europe/Berlin', cards: [{ number }] }
  const put = await world.app.inject({ method: 'PUT', url: `/v1/customers/${customerId}`, headers: KEY_HEADERS, payload })
  const cardId = put.json<{ cards: Array<{ id: string }> }>().cards[0]?.id ?? ''
  const post = async (score: number, name: string) => {
    world.scorer.next = score
    const reply = await postTransaction(world.app, transactionBody(`tx-${customerId}-${name}`, { customerId, card: { number } }))
    return reply.json<{ outcome: string, reasons: string[], case: { id: string } | null }>()
  }
  const caseId = (await post(987, 'first')).case?.id ?? ''
  return {
    world,
    cardId,
    caseId,
    post,
    attemptId: (number: number) => `${caseId.replace('case_', 'attempt_')}_${number}`,
    async question (): Promise<Case> {
      const found = await world.store.cases.get(caseId)
      if (found === undefined) throw new Error('no case')
      return found
    }
  }
}

const contactOf = (attemptId: string) => `contact-of-ringfence-${attemptId}`

t.test('settleAnswer: what answers, one after the other, do to case and card', async (t) => {
  const table: Array<[first: 'fraud' | 'genuine', second: 'fraud' | 'genuine', results: [string, string], isBlocked: boolean]> = [
    ['fraud', 'fraud', ['blocked', 'blocked'], true],
    ['genuine', 'genuine', ['active', 'active'], false],
    ['fraud', 'genuine', ['blocked', 'already_answered'], true],
    ['genuine', 'fraud', ['active', 'already_answered'], false]
  ]
  for (const [first, second, results, isBlocked] of table) {
    const { world, cardId, caseId, attemptId, question } = await suspicious()
    await world.dial()
    const given: string[] = []
    for (const answer of [first, second]) given.push((await flowAnswer(world, caseId, attemptId(1), contactOf(attemptId(1)), answer)).json<{ result: string }>().result)
    t.same(given, results, `${first}, then ${second}`)
    t.match(await question(), { status: 'closed', decision: first, ending: 'answered', attempts: [{ outcome: 'answered' }] })
    t.match(await world.store.cards.get(cardId), { isBlocked, openCaseId: null })
  }
})

t.test('settleAnswer: answers that contradict at the same moment leave one that stands, and the reply says so', async (t) => {
  const { world, cardId, caseId, question } = await suspicious()
  const replies = await Promise.all((['fraud', 'genuine', 'fraud', 'genuine'] as const).map(async (answer) => ({ answer, status: (await keyAnswer(world, caseId, answer)).statusCode })))
  const { decision } = await question()
  for (const { answer, status } of replies) t.equal(status, answer === decision ? 200 : 409, `${answer} when ${decision} stands`)
  t.equal((await world.store.cards.get(cardId))?.isBlocked, decision === 'fraud')
})

t.test('settleAnswer: an answer after the ladder ended is heard, for good or ill', async (t) => {
  for (const [answer, isBlocked] of [['fraud', true], ['genuine', false]] as const) {
    const { world, cardId, caseId, attemptId, question } = await suspicious({ ladder: [{ channel: 'voice', delayMs: 0 }] })
    await world.dial()
    world.clock.nowMs += 5 * MINUTE_MS
    await world.dial()
    t.match(await question(), { status: 'closed', decision: 'none' })
    t.equal((await flowAnswer(world, caseId, attemptId(1), contactOf(attemptId(1)), answer)).statusCode, 200)
    t.match(await question(), { status: 'closed', decision: answer, ending: 'answered' })
    t.match(await world.store.cards.get(cardId), { isBlocked, openCaseId: null })
  }
})

t.test('settleAnswer: an answer through another contact, attempt or case settles nothing', async (t) => {
  const { world, cardId, caseId, attemptId, question } = await suspicious()
  t.match((await flowAnswer(world, caseId, attemptId(1), 'contact-early', 'fraud')).json(), { status: 409, code: 'contact_mismatch' }, 'before anybody was called')
  await world.dial()
  const table: Array<[why: string, caseId: string, attemptId: string, contactId: string, status: number, code: string]> = [
    ['a contact that is not the one', caseId, attemptId(1), 'contact-of-somebody', 409, 'contact_mismatch'],
    ['an attempt that does not exist', caseId, attemptId(2), contactOf(attemptId(1)), 404, 'attempt_not_found'],
    ['a case that does not exist', 'case_01a20562-446f-708a-a322-efd89151236e', attemptId(1), contactOf(attemptId(1)), 404, 'case_not_found']
  ]
  for (const [why, ofCase, ofAttempt, contactId, status, code] of table) {
    for (const answer of ['fraud', 'genuine', 'none'] as const) t.match((await flowAnswer(world, ofCase, ofAttempt, contactId, answer)).json(), { status, code }, `${answer} through ${why}`)
  }
  t.match(await question(), { status: 'open', decision: null, attempts: [{ status: 'submitted' }] })
  t.match(await world.store.cards.get(cardId), { isBlocked: false, openCaseId: caseId })
})

t.test('settleAnswer: an answer that comes before the reply of the submission settles, and the reply changes nothing', async (t) => {
  for (const answer of ['fraud', 'genuine', 'none'] as const) {
    const { world, caseId, attemptId, question } = await suspicious()
    let result: unknown
    world.line.next = async ({ clientToken }: ContactRequest) => {
      result = (await flowAnswer(world, caseId, attemptId(1), 'contact-quick', answer)).json()
      return { kind: 'submitted', contactId: `late-reply-of-${clientToken}` }
    }
    await world.dial()
    t.same(result, { result: { fraud: 'blocked', genuine: 'active', none: 'noted' }[answer] })
    const { status, decision, attempts } = await question()
    t.match({ status, decision }, answer === 'none' ? { status: 'open', decision: null } : { status: 'closed', decision: answer })
    t.match(attempts[0], { status: 'ended', outcome: answer === 'none' ? 'no_input' : 'answered', contactId: 'contact-quick' })
    t.equal(attempts.length, answer === 'none' ? 2 : 1)
  }
})

t.test('noteNoAnswer ends the attempt, not the case, once however often it is told', async (t) => {
  const { world, caseId, attemptId, question } = await suspicious()
  await world.dial()
  for (const time of ['once', 'twice']) t.same((await flowAnswer(world, caseId, attemptId(1), contactOf(attemptId(1)), 'none')).json(), { result: 'noted' }, time)
  const { status, decision, attempts } = await question()
  t.match({ status, decision, first: attempts[0], second: attempts[1] }, { status: 'open', decision: null, first: { outcome: 'no_input' }, second: { channel: 'sms', status: 'due' } })
  t.equal(attempts.length, 2)
})

t.test('the answer genuine covers the card for its time and up to its margin', async (t) => {
  const { world, caseId, post } = await suspicious()
  await post(870, 'joined')
  await keyAnswer(world, caseId, 'genuine')
  const table: Array<[why: string, afterMs: number, score: number, outcome: string]> = [
    ['as suspicious as what was confirmed', MINUTE_MS, 987, 'approve'],
    ['within the margin', MINUTE_MS, 1000, 'approve'],
    ['a millisecond before the end', 60 * MINUTE_MS - 1, 987, 'approve'],
    ['at the end', 60 * MINUTE_MS, 987, 'fraud']
  ]
  const answeredMs = world.clock.nowMs
  for (const [index, [why, afterMs, score, outcome]] of table.entries()) {
    world.clock.nowMs = answeredMs + afterMs
    const decision = await post(score, `after-${index}`)
    t.equal(decision.outcome, outcome, why)
    t.same(decision.reasons, outcome === 'approve' ? ['score_over_fraud_threshold', 'confirmed_genuine_recently'] : ['score_over_fraud_threshold'])
    t.equal(decision.case === null, outcome === 'approve')
  }
})

t.test('the answer genuine to a mild score does not cover a far higher one', async (t) => {
  const { world, caseId, post } = await suspicious({ thresholds: { fraudAbove: 500, investigateAbove: 400 }, quietScoreMargin: 5 })
  await keyAnswer(world, caseId, 'genuine')
  for (const [score, outcome] of [[992, 'approve'], [993, 'fraud']] as const) {
    t.equal((await post(score, `at-${score}`)).outcome, outcome, `score ${score} after 987`)
  }
})

t.test('settleAnswer: an attempt that called nobody brings no answer', async (t) => {
  const world = await createWorld()
  t.teardown(world.close)
  await putSampleCustomer(world.app, { channels: ['sms'] })
  world.scorer.next = 987
  const caseId = (await postTransaction(world.app, transactionBody('tx-1'))).json<{ case: { id: string } }>().case.id
  await world.dial()
  const reply = await flowAnswer(world, caseId, `${caseId.replace('case_', 'attempt_')}_1`, 'any-contact', 'fraud')
  t.equal(reply.statusCode, 409)
  t.match(reply.json(), { code: 'contact_mismatch' })
})

t.test('settleAnswer: a late genuine lifts a block that only silence set', async (t) => {
  const world = await createWorld({ policy: { nobodyReached: 'block', ladder: [{ channel: 'sms', delayMs: 0 }] } })
  t.teardown(world.close)
  const cardId = await putSampleCustomer(world.app)
  world.scorer.next = 987
  const caseId = (await postTransaction(world.app, transactionBody('tx-1'))).json<{ case: { id: string } }>().case.id
  await world.dial()
  t.match(await world.store.cards.get(cardId), { isBlocked: true, blocking: { by: 'policy' } })
  await keyAnswer(world, caseId, 'genuine')
  t.match(await world.store.cards.get(cardId), { isBlocked: false, blocking: null })
})

t.test('settleAnswer: "mine" covers what was asked; what joined while the phone rang is asked in a call of its own', async (t) => {
  const world = await createWorld()
  t.teardown(world.close)
  await putSampleCustomer(world.app)
  world.scorer.next = 880
  const caseId = (await postTransaction(world.app, transactionBody('tx-coffee', { amount: { value: 1000, currency: 'EUR' } }))).json<{ case: { id: string } }>().case.id
  await world.dial()
  world.scorer.next = 999
  t.match((await postTransaction(world.app, transactionBody('tx-yacht', { amount: { value: 99_999_900, currency: 'EUR' } }))).json(), { case: { id: caseId } })
  const [first] = world.line.requests
  const reply = await flowAnswer(world, caseId, first?.attributes['AttemptId'] ?? '', `contact-of-${first?.clientToken ?? ''}`, 'genuine')
  t.same(reply.json(), { result: 'active' })

  world.scorer.next = 990
  t.match((await postTransaction(world.app, transactionBody('tx-yacht-2'))).json(), { outcome: 'fraud' }, 'the confirmed 880 does not cover 990')
  await world.dial()
  t.equal(world.line.requests.length, 2)
  const [, second] = world.line.requests
  t.match(second?.attributes, { Amount: '999999.00', Count: '2' })
  const followUp = await world.store.cases.get(second?.attributes['CaseId'] ?? '')
  t.match(followUp, { status: 'open', transactions: [{ transactionId: 'tx-yacht' }, { transactionId: 'tx-yacht-2' }] })
})

t.test('settleAnswer: the former holder of a card decides nothing, and is promised nothing', async (t) => {
  for (const answer of ['fraud', 'genuine'] as const) {
    const world = await createWorld()
    t.teardown(world.close)
    const cardId = await putSampleCustomer(world.app)
    world.scorer.next = 987
    const caseId = (await postTransaction(world.app, transactionBody('tx-1'))).json<{ case: { id: string } }>().case.id
    await world.dial()
    await putSampleCustomer(world.app, { cards: [] })
    await world.app.inject({
      method: 'PUT', url: '/v1/customers/bob', headers: KEY_HEADERS, payload: { firstName: 'Bob', lastName: 'Babbage', phoneNumber: '+4915187654321', timeZone: 'Europe/Berlin', cards: [{ number: '2442230821108788' }] }
    })
    const [request] = world.line.requests
    const reply = await flowAnswer(world, caseId, request?.attributes['AttemptId'] ?? '', `contact-of-${request?.clientToken ?? ''}`, answer)
    t.same(reply.json(), { result: 'unsettled' }, answer)
    t.match(await world.store.cards.get(cardId), { customerId: 'bob', isBlocked: false, quiet: null, openCaseId: null }, answer)
  }
})

t.test('settleAnswer: who pressed 2 is not thanked for a card that somebody unblocked since', async (t) => {
  const world = await createWorld()
  t.teardown(world.close)
  const cardId = await putSampleCustomer(world.app)
  world.scorer.next = 987
  const caseId = (await postTransaction(world.app, transactionBody('tx-1'))).json<{ case: { id: string } }>().case.id
  await world.dial()
  await keyAnswer(world, caseId, 'fraud')
  await world.app.inject({ method: 'POST', url: `/v1/cards/${cardId}/unblock`, headers: KEY_HEADERS, payload: { reason: 'a mistake' } })
  const [request] = world.line.requests
  const reply = await flowAnswer(world, caseId, request?.attributes['AttemptId'] ?? '', `contact-of-${request?.clientToken ?? ''}`, 'fraud')
  t.same(reply.json(), { result: 'unsettled' })
})

t.test('settleCase: what was not asked is not lost when the card has another case that is just being decided', async (t) => {
  let otherId = ''
  const world = await createWorld({
    breakStore: (store) => ({
      ...store,
      cards: {
        ...store.cards,
        // Another case takes the card in the moment in which the first one lets go of it.
        async save (card) {
          if (otherId === '' || card.openCaseId !== null) return await store.cards.save(card)
          const openCaseId = otherId
          otherId = ''
          return await store.cards.save({ ...card, openCaseId })
        }
      }
    })
  })
  t.teardown(world.close)
  await putSampleCustomer(world.app)
  world.scorer.next = 880
  const caseId = (await postTransaction(world.app, transactionBody('tx-1'))).json<{ case: { id: string } }>().case.id
  await world.dial()
  await postTransaction(world.app, transactionBody('tx-2'))
  const asked = await world.store.cases.get(caseId)
  const other = `${caseId.slice(0, -4)}ffff`
  if (asked === undefined) throw new Error('no case')
  await world.store.cases.save({ ...asked, caseId: other, transactions: asked.transactions.slice(0, 1), status: 'settling', decision: 'none', ending: 'nobody_reached', attempts: [], version: 0 })
  otherId = other

  const [request] = world.line.requests
  const reply = await flowAnswer(world, caseId, request?.attributes['AttemptId'] ?? '', `contact-of-${request?.clientToken ?? ''}`, 'genuine')
  t.equal(reply.statusCode, 200, 'it helps the other one to its end')
  t.match(await world.store.cases.get(other), { status: 'closed', decision: 'none' })
  t.match(await world.store.cases.get(caseId), { status: 'closed', decision: 'genuine' })
  const open = await world.store.cases.list({ status: 'open', cardId: undefined, limit: 10, olderThan: undefined })
  t.match(open, [{ transactions: [{ transactionId: 'tx-2' }] }])
})
