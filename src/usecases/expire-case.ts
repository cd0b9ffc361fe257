import { endUnanswered, isExpired } from '../domain/case.ts'
import { changeCase } from './change.ts'
import { settleCase, type SettleCaseDeps } from './settle-case.ts'

/**
 * Ends an open case that has lived too long, unless its phone may ring meanwhile. Repeatable.
 * @throws RingfenceError `case_not_found`, `state_contended`, `store_unavailable`
 */
export async function expireCase (deps: SettleCaseDeps, caseId: string): Promise<void> {
  const { cases, policy, nowMs } = deps
  const expired = await changeCase(cases, caseId, (current) => isExpired(current, policy, nowMs()) ? endUnanswered(current, 'expired', nowMs()) : current)
  await settleCase(deps, expired)
}
