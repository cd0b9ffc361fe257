import t, { type Test } from 'tap'
import type { Policy } from '../../src/domain/policy.ts'
import type { ContactReport } from '../../src/ports.ts'
import { createWorld, KEY_HEADERS, postTransaction, putSampleCustomer, START_MS, transactionBody } from '../world.ts'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

/** A world with one open case that was not dialled yet. */
async function suspicious (t: Test, policy: Partial<Policy> = {}) {
  const world = await createWorld({ policy })
  t.teardown(world.close)
  const cardId = await putSampleCustomer(world.app)
  world.scorer.next = 987
  const { case: { id } } = (await postTransaction(world.app, transactionBody('tx-1'))).json<{ case: { id: string } }>()
  const question = async () => {
    const found = await world.store.cases.get(id)
    if (found === undefined) throw new Error('no case')
    return found
  }
  return {
    world,
    cardId,
    question,
    async at (afterMs: number) { world.clock.nowMs = START_MS + afterMs; await world.dial(); return await question() },
    async close (reason = 'Settled by letter.') { return await world.app.inject({ method: 'POST', url: `/v1/cases/${id}/close`, headers: KEY_HEADERS, payload: { reason } }) },
    async answer (answer: string) { return await world.app.inject({ method: 'POST', url: `/v1/cases/${id}/answer`, headers: KEY_HEADERS, payload: { answer } }) }
  }
}

t.test('a case that waits past its life ends expired, its call is never made, and the policy for silence says what becomes of the card', async (t) => {
  for (const [nobodyReached, isBlocked] of [['leave', false], ['block', true]] as const) {
    const { world, cardId, at } = await suspicious(t, { nobodyReached, caseLifeMs: 2 * HOUR_MS, ladder: [{ channel: 'voice', delayMs: 0 }, { channel: 'voice', delayMs: 3 * HOUR_MS }] })
    await at(0)
    t.match(await at(4 * MINUTE_MS), { status: 'open', attempts: [{ outcome: 'unknown' }, { status: 'due' }] })
    t.equal((await at(2 * HOUR_MS - 1)).status, 'open')
    const expired = await at(2 * HOUR_MS)
    t.match(expired, { status: 'closed', decision: 'none', ending: 'expired', attempts: [{}, { outcome: 'superseded', submissions: 0 }] })
    t.match(expired.history.slice(-2), [{ what: 'decided none', why: 'expired' }, { what: 'closed' }])
    t.match(await world.store.cards.get(cardId), { isBlocked, openCaseId: null }, nobodyReached)
    await at(4 * HOUR_MS)
    t.equal(world.line.requests.length, 1)
  }
})

t.test('a phone that may ring when the life of its case ends has its deadline first; then the case expires', async (t) => {
  const { at } = await suspicious(t, { caseLifeMs: MINUTE_MS })
  await at(0)
  t.match(await at(MINUTE_MS), { status: 'open', attempts: [{ status: 'submitted' }] })
  const ended = await at(4 * MINUTE_MS)
  t.match(ended.attempts[0], { outcome: 'unknown' })
  t.match(await at(4 * MINUTE_MS), { status: 'closed', ending: 'expired' })
})

t.test('an operator closes a case once: nobody is called, the card stays, the history names the key and the reason', async (t) => {
  const { world, cardId, question, at, close } = await suspicious(t, { nobodyReached: 'block' })
  const first = await close()
  t.match(first, { statusCode: 200 })
  t.match(first.json(), { status: 'closed', decision: 'none', ending: 'closed_by_operator', attempts: [{ outcome: 'superseded' }] })
  t.match(first.json<{ history: object[] }>().history.slice(-2), [{ who: 'key tests', what: 'decided none', why: 'closed_by_operator: Settled by letter.' }, { what: 'closed' }])
  t.same((await close('Another reason.')).json(), first.json(), 'closing again changes nothing')
  t.match(await world.store.cards.get(cardId), { isBlocked: false, openCaseId: null })
  await at(HOUR_MS)
  t.equal(world.line.requests.length, 0)
  t.equal((await question()).ending, 'closed_by_operator')
})

t.test('a case with another ending is not closed by an operator, and stays as it is', async (t) => {
  const { question, answer, close } = await suspicious(t)
  await answer('fraud')
  const before = await question()
  const refused = await close()
  t.match(refused, { statusCode: 409 })
  t.match(refused.json(), { code: 'case_already_answered', detail: 'The case ended before: answered.' })
  t.same(await question(), before)
})

t.test('a phone that rings while an operator closes: the answer that it leaves is found at its deadline and blocks the card', async (t) => {
  const { world, cardId, at, close } = await suspicious(t)
  await at(0)
  await close()
  const left: ContactReport = { kind: 'found', connectedAtMs: START_MS, endedAtMs: START_MS + MINUTE_MS, disconnectReason: null, answeringMachine: null, heard: 'key', answer: 'fraud', optOut: [] }
  world.reader.next = () => left
  t.match(await at(4 * MINUTE_MS), { status: 'closed', decision: 'fraud', ending: 'answered' })
  t.match(await world.store.cards.get(cardId), { isBlocked: true })
  t.equal(world.line.requests.length, 1)
})
