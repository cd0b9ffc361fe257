import { endUnanswered, type Case } from '../domain/case.ts'
import { isExpired } from '../domain/case-due.ts'
import { changeCase } from './change.ts'
import { countEnded } from './count-ended.ts'
import { settleCase, type SettleCaseDeps } from './settle-case.ts'

/**
 * Ends an open case that has lived too long, unless its phone may ring meanwhile. Repeatable.
 * @throws RingfenceError `case_not_found`, `state_contended`, `store_unavailable`
 */
export async function expireCase (deps: SettleCaseDeps, caseId: string): Promise<void> {
  const { cases, policy, nowMs } = deps
  const seen: { before?: Case } = {}
  const expired = await changeCase(cases, caseId, (current) => {
    seen.before = current
    return isExpired(current, policy, nowMs()) ? endUnanswered(current, 'expired', nowMs()) : current
  })
  if (seen.before !== undefined) countEnded(deps.metrics, seen.before, expired)
  await settleCase(deps, expired)
}
