import { closeByOperator, type Case } from '../domain/case.ts'
import { RingfenceError } from '../errors.ts'
import type { Log } from '../ports.ts'
import { changeCase } from './change.ts'
import { countEnded } from './count-ended.ts'
import { settleCase, type SettleCaseDeps } from './settle-case.ts'

/**
 * Ends an open case because an operator says so; the card is left as it is. Repeatable.
 * @param who the operator's key, as the history names it
 * @throws RingfenceError `case_not_found`, `case_already_answered`, `state_contended`, `store_unavailable`
 */
export async function closeCaseByOperator (deps: SettleCaseDeps & { log: Log }, caseId: string, who: string, reason: string): Promise<Case> {
  // Set anew by every try of the change, so that the last one, the one that was written, tells.
  const heard: { verdict: ReturnType<typeof closeByOperator>['verdict'], before?: Case } = { verdict: 'repeated' }
  const decided = await changeCase(deps.cases, caseId, (question) => {
    const closed = closeByOperator(question, who, reason, deps.nowMs())
    heard.verdict = closed.verdict
    heard.before = question
    return closed.case
  })
  if (heard.verdict === 'refused') throw new RingfenceError('case_already_answered', { detail: `The case ended before: ${decided.ending ?? 'unknown'}.` })
  if (heard.before !== undefined) countEnded(deps.metrics, heard.before, decided)
  if (heard.verdict === 'closed') deps.log.info({ caseId, cardId: decided.cardId, who, reason }, 'case closed by an operator')
  return await settleCase(deps, decided)
}
