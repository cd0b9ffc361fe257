import type { Card } from '../domain/card.ts'
import { liveAttempt, type Case } from '../domain/case.ts'
import type { Caller, CardStore, CaseStore, ContactEventStore, LeaseStore, TransactionStore } from '../ports.ts'

/** The steps at which a process can be made to die, in the order of a story; the proof goes through them all. */
export const FAILPOINTS = [
  'transaction_recorded', 'card_claimed', 'case_opened', 'transaction_joined', 'question_attached',
  'lease_written', 'submission_begun', 'contact_started', 'contact_bound', 'submission_recorded', 'contact_picked_up', 'event_recorded', 'attempt_ended',
  'answer_decided', 'card_settled', 'case_closed'
] as const
export type Failpoint = typeof FAILPOINTS[number]

interface Stores {
  cards: CardStore
  cases: CaseStore
  transactions: TransactionStore
  contactEvents: ContactEventStore
  leases: LeaseStore
}

/**
 * Puts a failpoint between the service and what it writes to: right after the step was done for the n-th time, and before anybody hears of it, the
 * process dies. For proofs of crash safety; a service without one is not wrapped at all.
 * @param die ends the process at once, without any clean-up
 * @throws Error when there is no such step
 */
export function withFailpoint<S extends Stores> (store: S, callers: readonly Caller[], { name, count }: { name: string, count: number }, die: () => void): { store: S, callers: Caller[] } {
  let left = count
  if (!FAILPOINTS.some((one) => one === name)) throw new Error(`RINGFENCE_FAILPOINT names no step; the steps are ${FAILPOINTS.join(', ')}.`)
  const pass = (steps: readonly Failpoint[]) => { if (steps.some((step) => step === name) && --left === 0) die() }
  async function after<T> (result: Promise<T>, ...steps: Failpoint[]): Promise<T> {
    const value = await result
    if (value !== false) pass(steps)
    return value
  }
  return {
    store: {
      ...store,
      transactions: {
        ...store.transactions,
        recordOnce: async (transaction) => await after(store.transactions.recordOnce(transaction), 'transaction_recorded'),
        attachCase: async (...args) => { await after(store.transactions.attachCase(...args), 'question_attached') }
      },
      cards: { ...store.cards, save: async (card) => await after(store.cards.save(card), ...stepOf(card)) },
      cases: { ...store.cases, save: async (question) => await after(store.cases.save(question), ...stepsOf(question)) },
      contactEvents: {
        ...store.contactEvents,
        record: async (event) => { await after(store.contactEvents.record(event), 'event_recorded') },
        bind: async (...args) => { await after(store.contactEvents.bind(...args), 'contact_bound') }
      },
      leases: { ...store.leases, save: async (lease) => await after(store.leases.save(lease), 'lease_written') }
    },
    callers: callers.map((caller) => ({ ...caller, start: async (request) => await after(caller.start(request), 'contact_started') }))
  }
}

/** What a card tells; a new one, or one that nobody asks about, is put by an operator. */
function stepOf ({ version, openCaseId }: Card): Failpoint[] {
  if (version === 0) return []
  return [openCaseId === null ? 'card_settled' : 'card_claimed']
}

/** What a case tells of the step that wrote it. */
function stepsOf (question: Case): Failpoint[] {
  if (question.status === 'settling') return ['answer_decided']
  if (question.status === 'closed') return ['case_closed']
  const attempt = liveAttempt(question)
  const steps: Failpoint[] = []
  if (question.version === 0) steps.push('case_opened')
  else if (question.transactions.length > 1) steps.push('transaction_joined')
  if (question.attempts.length > 1 && attempt?.submissions === 0) steps.push('attempt_ended')
  if (attempt?.status === 'submitting') steps.push('submission_begun')
  if (attempt?.status === 'submitted') steps.push('submission_recorded')
  if (attempt?.status === 'in_progress') steps.push('contact_picked_up')
  return steps
}
