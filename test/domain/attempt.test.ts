import t from 'tap'
import { clientTokenOf, newAttempt } from '../../src/domain/attempt.ts'

const CASE_ID = 'case_01a20562-446f-708a-a322-efd89151236e'

t.test('newAttempt waits, was never submitted, and knows no contact', async (t) => {
  t.same(newAttempt(CASE_ID, 2, 1, 'sms', 5_000), {
    attemptId: 'attempt_01a20562-446f-708a-a322-efd89151236e_2',
    channel: 'sms',
    step: 1,
    status: 'due',
    dueAtMs: 5_000,
    submissions: 0,
    deferredSinceMs: null,
    submittedAtMs: null,
    askedIds: null,
    contactId: null,
    outcome: null,
    endedAtMs: null
  })
})

t.test('newAttempt: making an attempt twice makes the same one, and each number another', async (t) => {
  t.same(newAttempt(CASE_ID, 1, 0, 'voice', 0), newAttempt(CASE_ID, 1, 0, 'voice', 0))
  const ids = [1, 2, 3].map((number) => newAttempt(CASE_ID, number, 0, 'voice', 0).attemptId)
  t.equal(new Set(ids).size, 3)
})

t.test("clientTokenOf is the attempt's alone, whatever becomes of the attempt, and short enough for Amazon Connect", async (t) => {
  const attempt = newAttempt(CASE_ID, 1, 0, 'voice', 0)
  t.equal(clientTokenOf(attempt), 'ringfence-attempt_01a20562-446f-708a-a322-efd89151236e_1')
  t.equal(clientTokenOf({ ...attempt, status: 'submission_unknown', submissions: 7, dueAtMs: 99, submittedAtMs: 3 }), clientTokenOf(attempt), 'the same after seven submissions')
  t.not(clientTokenOf(newAttempt(CASE_ID, 2, 0, 'voice', 0)), clientTokenOf(attempt), 'another for the next attempt')
  t.ok(clientTokenOf(attempt).length <= 500)
})
