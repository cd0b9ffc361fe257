import t, { type Test } from 'tap'
import type { Attempt } from '../../src/domain/attempt.ts'
import { liveAttempt } from '../../src/domain/case.ts'
import { RingfenceError } from '../../src/errors.ts'
import type { ContactRequest, SubmissionResult } from '../../src/ports.ts'
import { createWorld, KEY_HEADERS, postTransaction, transactionBody, type World, type WorldOptions } from '../world.ts'

const SECOND_MS = 1_000
const HOUR_MS = 3_600_000

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
      method: 'PUT', url: `/v1/customers/c${i}`, headers: KEY_HEADERS, payload: { firstName: 'A', lastName: 'B', phoneNumber: `+49151123456${String(i).padStart(2, '0')}`, timeZone: 'Europe/Berlin', channels: ['voice', 'sms'], cards: [{ number }] }
    })
    caseIds.push((await postTransaction(world.app, transactionBody(`tx-${i}`, { customerId: `c${i}`, card: { number } }))).json<{ case: { id: string } }>().case.id)
    world.clock.nowMs += 1
  }
  return caseIds
}

/** Writes what became of a case's first attempt. */
async function setAttempts (world: World, caseId: string, become: (first: Attempt) => Attempt[]): Promise<void> {
  const question = await world.store.cases.get(caseId)
  const [first] = question?.attempts ?? []
  if (question === undefined || first === undefined) throw new Error('no case')
  await world.store.cases.save({ ...question, attempts: become(first) })
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

t.test('what cannot be called keeps no place of a call: neither what fails, however often, nor what waits for its window', async (t) => {
  let isBroken: (id: string) => boolean = () => false
  const { world, caseIds } = await withCases(t, 8, {
    pacing: { perSecond: 2, burst: 5, maxLiveCalls: 3 },
    breakStore: (store) => ({
      ...store,
      customers: { ...store.customers, async get (id) { if (isBroken(id)) throw new Error('it cannot be read'); return await store.customers.get(id) } }
    })
  })
  isBroken = (id) => id !== 'c7'
  for (let passes = 0; passes < 4; passes++) await world.dial()
  t.same(calledCases(world), [caseIds[7]])
  const failures = () => world.logLines.filter((line) => line.includes('due work failed')).length
  t.equal(failures(), 7)
  for (let seconds = 0; seconds < 60; seconds++) {
    world.clock.nowMs += SECOND_MS
    await world.dial()
  }
  t.ok(failures() <= 7 * 5, `tried ever more rarely: ${failures()} failures in a minute`)
})

t.test('a case that comes with an old contact to look up is called by its own queue, under the ceiling', async (t) => {
  const { world, caseIds } = await withCases(t, 4, { pacing: { maxLiveCalls: 1 } })
  const { nowMs } = world.clock
  for (const caseId of caseIds) {
    await setAttempts(world, caseId, (first) => [
      { ...first, status: 'ended', outcome: 'unknown', endedAtMs: nowMs, dueAtMs: null, submissions: 1, submittedAtMs: nowMs, contactId: `old-${caseId}`, laterLook: { dueAtMs: nowMs + 60_000, failures: 0 } },
      { ...first, attemptId: first.attemptId.replace(/_1$/, '_2'), step: 1, dueAtMs: nowMs + 80_000 }
    ])
  }
  world.clock.nowMs += 120_000
  for (let passes = 0; passes < 3; passes++) await world.dial()
  t.equal(new Set(world.reader.asked).size, 4)
  t.equal(world.line.requests.length, 1)
})

t.test('contacts that are asked for again and wait for the pace do not hide other calls', async (t) => {
  const { world, caseIds } = await withCases(t, 4, { pacing: { perSecond: 1e-9, burst: 1 }, concurrency: 1 })
  await world.dial()
  for (const [index, caseId] of caseIds.entries()) {
    const isLast = index === caseIds.length - 1
    await setAttempts(world, caseId, (first) => {
      const called = { ...first, submissions: 1, submittedAtMs: world.clock.nowMs, dueAtMs: world.clock.nowMs + index }
      return [isLast ? { ...called, status: 'submitted', contactId: 'contact-to-look-up' } : { ...called, status: 'submission_unknown', contactId: null }]
    })
  }
  world.clock.nowMs += SECOND_MS
  for (let passes = 0; passes < 5; passes++) await world.dial()
  t.same(world.reader.asked, ['contact-to-look-up'])
})

t.test('a queue that cannot be read holds up no other, but nobody new is called while nobody knows how many calls there are; the pass fails all the same', async (t) => {
  const allButOne = {
    live: ['text looked up', 'sms sent'],
    other: ['call looked up', 'voice called', 'sms sent'],
    voice: ['call looked up', 'text looked up', 'sms sent'],
    sms: ['call looked up', 'text looked up', 'voice called']
  }
  for (const [queue, done] of Object.entries(allButOne)) {
    let unreadable: string | undefined = queue
    const seen: string[] = []
    const caller = (channel: 'voice' | 'sms', what: string) => ({
      channel,
      async start ({ clientToken }: ContactRequest): Promise<SubmissionResult> {
        seen.push(what)
        return { kind: 'submitted', contactId: `contact-of-${clientToken}` }
      }
    })
    const { world, caseIds: [callId = '', textId = '', , toTextId = ''] } = await withCases(t, 4, {
      callers: [caller('voice', 'voice called'), caller('sms', 'sms sent')],
      contactReader: { async describe (contactId) { seen.push(`${contactId} looked up`); return { kind: 'not_found', why: 'ResourceNotFoundException' } } },
      breakStore: (store) => ({
        ...store,
        dueIndex: {
          async due (queues, ...rest) {
            if (queues.some((one) => one === unreadable)) throw new RingfenceError('store_unavailable')
            return await store.dueIndex.due(queues, ...rest)
          }
        }
      })
    })
    const { nowMs } = world.clock
    await setAttempts(world, callId, (first) => [{ ...first, status: 'submitted', submissions: 1, submittedAtMs: nowMs, dueAtMs: nowMs, contactId: 'call' }])
    await setAttempts(world, textId, (first) => [{ ...first, channel: 'sms', status: 'submitted', submissions: 1, submittedAtMs: nowMs, dueAtMs: nowMs, contactId: 'text' }])
    await setAttempts(world, toTextId, (first) => [{ ...first, channel: 'sms' }])

    await t.rejects(world.dial(), { code: 'store_unavailable' }, `${queue}: whoever runs the passes learns of it`)
    t.same(new Set(seen), new Set(done), queue)
    t.match(await world.metricsText(), '\nringfence_dialer_pass_seconds_count 0\n', 'what was seen of it tells no lag')
    unreadable = undefined
    await world.dial()
    t.same(seen.sort(), ['call looked up', 'sms sent', 'text looked up', 'voice called'], `${queue}: nothing was lost, and nothing is done twice`)
  }
})

t.test('a clock that is set back does not prolong the rest of what failed', async (t) => {
  let isBroken = false
  const { world, caseIds } = await withCases(t, 1, {
    breakStore: (store) => ({
      ...store,
      customers: { ...store.customers, async get (id) { if (isBroken) throw new Error('it cannot be read'); return await store.customers.get(id) } }
    })
  })
  world.clock.nowMs += 2 * HOUR_MS
  isBroken = true
  await world.dial()
  isBroken = false
  await world.dial()
  t.same(calledCases(world), [], 'it rests')
  world.clock.nowMs -= HOUR_MS
  await world.dial()
  t.same(calledCases(world), caseIds)
})

t.test('a clock that is set back does not prolong the place that a call keeps while the index lags', async (t) => {
  const { world, caseIds } = await withCases(t, 2, { pacing: { maxLiveCalls: 1 } })
  world.clock.nowMs += 2 * HOUR_MS
  await world.dial()
  await world.app.inject({ method: 'POST', url: `/v1/cases/${caseIds[0] ?? ''}/answer`, headers: KEY_HEADERS, payload: { answer: 'genuine' } })
  await world.dial()
  t.same(calledCases(world), caseIds.slice(0, 1), 'the index may not show the call yet')
  world.clock.nowMs -= HOUR_MS
  await world.dial()
  t.same(calledCases(world), caseIds)
})
