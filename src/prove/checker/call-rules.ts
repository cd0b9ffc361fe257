import { decidedAtMs, groupBy, type Evidence, type Find } from './evidence.ts'

/** Policy: a cardholder is contacted so often for a case and no more. */
const MAX_CONTACTS = 3
/** How an attempt may end whose contact the service never learnt: it was submitted, no reply came, and the service says that it does not know. */
const UNTOLD: ReadonlySet<string | null> = new Set(['unknown', 'superseded'])

/** I3: a card has at most one case in which the answer is awaited. */
export function oneCaseAtATime ({ casesOfCard }: Evidence, find: Find): void {
  for (const [cardId, cases] of casesOfCard) {
    const inOrder = [...cases].sort((a, b) => a.openedAtMs - b.openedAtMs)
    let undecidedUntilMs = -Infinity
    let last = ''
    for (const question of inOrder) {
      if (question.openedAtMs < undecidedUntilMs) find('doubled', 'two cases of one card were open at once', cardId, last, question.caseId)
      const endMs = decidedAtMs(question)
      if (endMs > undecidedUntilMs) [undecidedUntilMs, last] = [endMs, question.caseId]
    }
  }
}

/** I3: no attempt is dialled twice. */
export function dialledOnce ({ calls }: Evidence, find: Find): void {
  for (const [name, keyOf] of [['client token', ({ clientToken }) => clientToken ?? ''], ['attempt', ({ attemptId }) => attemptId]] as Array<[string, (call: Evidence['calls'][number]) => string]>) {
    for (const [key, same] of groupBy(calls, keyOf)) {
      if (key !== '' && same.length > 1) find('doubled', `${same.length} calls with one ${name}`, key, ...same.map(({ contactId }) => contactId))
    }
  }
}

/** I3: the cardholder's phone does not ring twice at once for one case, nor more often than the policy allows. By the simulator's clock alone. */
export function callsOneByOne ({ callsOfCase }: Evidence, find: Find): void {
  for (const [caseId, calls] of callsOfCase) {
    if (calls.length > MAX_CONTACTS) find('doubled', `${calls.length} calls for one case`, caseId)
    let endsAtMs = -Infinity
    for (const { contactId, startedAtMs, endedAtMs } of calls) {
      if (startedAtMs < endsAtMs) find('doubled', 'a call began while another one of its case went on', caseId, contactId)
      endsAtMs = Math.max(endsAtMs, endedAtMs)
    }
  }
}

/** I3: the telephone line and the table know the same calls. */
export function callsAreKnown ({ calls, attempts, cases }: Evidence, find: Find): void {
  const byId = new Map(calls.map((call) => [call.contactId, call]))
  for (const { contactId, attemptId } of calls) {
    const attempt = attempts.get(attemptId)
    const isUntold = attempt?.contactId === null && attempt.submissions > 0 && UNTOLD.has(attempt.outcome)
    if (attempt?.contactId !== contactId && !isUntold) find('doubled', 'a call that no attempt in the table made', contactId, attemptId)
  }
  for (const { caseId, attempts: made } of cases.values()) {
    for (const { attemptId, contactId } of made) {
      if (contactId !== null && byId.get(contactId)?.attemptId !== attemptId) find('untrue', 'an attempt names a call that was not made for it', caseId, attemptId, contactId)
    }
  }
}
