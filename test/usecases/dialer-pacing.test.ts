import t, { type Test } from 'tap'
import { liveAttempt } from '../../src/domain/case.ts'
import type { ContactRequest, SubmissionResult } from '../../src/ports.ts'
import { createWorld, KEY_HEADERS, postTransaction, transactionBody, type World, type WorldOptions } from '../world.ts'

const SECOND_MS = 1_000

/** A world with so many cases whose calls are due, each of a cardholder and a card of its own. @returns also their ids, oldest first */
async function withCases (t: Test, count: number, options: WorldOptions = {}): Promise<{ world: World, caseIds: string[] }> {
  const world = await createWorld(options)
  t.teardown(world.close)
  return { world, caseIds: await addCases(world, 0, count) }
}

async function addCases (world: World, from: number, count: number): Promise<string[]> {
  world.scorer.next = 987
  const caseIds: string[] = []
  for (let i = from; i < from + count; i++) {
    const number = `55550000${String(i).padStart(8, '0')}`
    await world.app.inject({
      method: 'PUT', url: `/v1/customers/c${i}`, headers: KEY_HEADERS, payload: { firstName: 'A', lastName: 'B', phoneNumber: `+49151123456${String(i).padStart(2, '0')}`, timeZone: 'Europe/Berlin', cards: [{ number }] }
    })
    caseIds.push((await postTransaction(world.app, transactionBody(`tx-${i}`, { customerId: `c${i}`, card: { number } }))).json<{ case: { id: string } }>().case.id)
    world.clock.nowMs += 1
  }
  return caseIds
}

const calledCases = (world: World) => world.line.requests.map(({ attributes }) => attributes['CaseId'])

t.test('contacts start at the pace that is set, the oldest first, and what waits keeps its place', async (t) => {
  const { world, caseIds } = await withCases(t, 9, { pacing: { perSecond: 2, burst: 5 } })
  t.equal(await world.dial(), true, 'more is due than may start')
  t.same(new Set(calledCases(world)), new Set(caseIds.slice(0, 5)))
  await world.dial()
  t.equal(world.line.requests.length, 5)
  world.clock.nowMs += SECOND_MS
  await world.dial()
  t.same(new Set(calledCases(world)), new Set(caseIds.slice(0, 7)))
  world.clock.nowMs += SECOND_MS
  t.equal(await world.dial(), false)
  t.same(new Set(calledCases(world)), new Set(caseIds))
  t.match(await world.store.cases.get(caseIds[8] ?? ''), { attempts: [{ status: 'submitted', submissions: 1 }] })
})

t.test('no more calls are under way than may be; when one is over, the next begins', async (t) => {
  const { world, caseIds } = await withCases(t, 5, { pacing: { maxLiveCalls: 3 } })
  await world.dial()
  t.equal(world.line.requests.length, 3)
  world.clock.nowMs += 10 * SECOND_MS
  t.equal(await world.dial(), false, 'what waits for a line is no reason to hurry')
  t.equal(world.line.requests.length, 3)
  t.match(await world.metricsText(), 'ringfence_live_calls 3')
  t.match(await world.metricsText(), /ringfence_dialer_lag_seconds 10\.\d+/)
  await world.app.inject({ method: 'POST', url: `/v1/cases/${caseIds[1] ?? ''}/answer`, headers: KEY_HEADERS, payload: { answer: 'genuine' } })
  await world.dial()
  t.same(new Set(calledCases(world)), new Set(caseIds.slice(0, 4)))
})

t.test('a line that hangs holds up nobody else: neither another call nor an answer, a settlement or a watchdog', async (t) => {
  const { world, caseIds } = await withCases(t, 2)
  const replies: Array<(result: SubmissionResult) => void> = []
  world.line.next = async () => await new Promise<SubmissionResult>((resolve) => { replies.push(resolve) })
  const hanging = world.dial()
  await until(() => replies.length === 2)
  world.line.next = ({ clientToken }: ContactRequest) => ({ kind: 'submitted', contactId: `contact-of-${clientToken}` })
  const [third = ''] = await addCases(world, 2, 1)
  const others = world.dial()
  await until(() => world.line.requests.length === 3)
  t.equal(calledCases(world)[2], third)
  for (const reply of replies) reply({ kind: 'submitted', contactId: `contact-${replies.indexOf(reply)}` })
  await Promise.all([hanging, others])
  for (const caseId of caseIds) t.match(await world.store.cases.get(caseId), { attempts: [{ status: 'submitted' }] })
})

t.test('a dialer that was followed while it wrote its intent does not call; its follower asks with the same token', async (t) => {
  let followed = false
  const { world, caseIds: [caseId = ''] } = await withCases(t, 1, {
    breakStore: (store) => ({
      ...store,
      cases: {
        ...store.cases,
        async save (question) {
          const isSaved = await store.cases.save(question)
          if (followed || liveAttempt(question)?.status !== 'submitting') return isSaved
          // Here the process is frozen until another one has taken over.
          followed = true
          const lease = await store.leases.get()
          if (lease !== undefined) await store.leases.save({ ...lease, holder: 'another', token: lease.token + 1 })
          return isSaved
        }
      }
    })
  })
  await world.dial()
  t.equal(world.line.requests.length, 0)
  t.match(await world.store.cases.get(caseId), { attempts: [{ status: 'submitting', submissions: 1 }] })
  t.match(world.logLines.map((line) => JSON.parse(line) as object).at(-1), { caseId, msg: 'contact left to the next dialer' })
  t.equal(await world.dial(), false, 'it looks at nothing while another dials')
  // The other one dies at once; this one follows it.
  for (let looks = 0; looks < 5; looks++) { world.clock.nowMs += 5 * SECOND_MS; await world.dial() }
  t.equal(world.line.requests.length, 1)
  t.match(await world.store.cases.get(caseId), { attempts: [{ status: 'submitted', submissions: 2 }] })
})

/** Lets everything that is under way go on until this is so. */
async function until (isSo: () => boolean): Promise<void> {
  for (let turns = 0; turns < 100_000 && !isSo(); turns++) await new Promise((resolve) => { setImmediate(resolve) })
  if (!isSo()) throw new Error('waited in vain')
}
