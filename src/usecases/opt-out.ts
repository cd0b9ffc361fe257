import { endAttempt } from '../domain/case.ts'
import type { Customer } from '../domain/customer.ts'
import type { Channel } from '../domain/policy.ts'
import { RingfenceError } from '../errors.ts'
import type { CustomerStore, Log, Metrics, NowMs } from '../ports.ts'
import { changeCase } from './change.ts'
import { answeringAttempt, type AnsweringContact, type SettleAnswerDeps } from './settle-answer.ts'
import { settleCase } from './settle-case.ts'

export interface OptOutDeps {
  customers: CustomerStore
  metrics: Metrics
  log: Log
  nowMs: NowMs
}

/**
 * Takes an opt-out that a cardholder gave in a contact: stored first, so that no attempt starts after it, then the contact's attempt ends
 * and the ladder goes on with whatever channel is left. It answers nothing. Repeatable.
 * @param channels what they want no more of; none named is the channel of the contact
 * @throws RingfenceError `case_not_found`, `attempt_not_found`, `contact_mismatch`, `state_contended`, `store_unavailable`
 */
export async function optOutByContact (deps: OptOutDeps & SettleAnswerDeps, caseId: string, channels: readonly Channel[], via: AnsweringContact): Promise<void> {
  const asked = await deps.cases.get(caseId)
  if (asked === undefined) throw new RingfenceError('case_not_found')
  const { channel } = answeringAttempt(asked, via)
  for (const named of channels.length === 0 ? [channel] : channels) await store(deps, asked.customerId, named, channel, { caseId, ...via })

  // Set anew by every try of the change, so that what was written is counted, once.
  let isEnded = false
  const noted = await changeCase(deps.cases, caseId, (question) => {
    const attempt = answeringAttempt(question, via)
    isEnded = question.status === 'open' && attempt.status !== 'ended'
    if (!isEnded) return question
    return endAttempt(question, attempt, 'opted_out', deps.policy, deps.nowMs())
  })
  if (isEnded) {
    deps.metrics.attemptEnded(channel, 'opted_out')
    deps.log.info({ caseId, ...via, channel, outcome: 'opted_out' }, 'attempt ended')
  }
  await settleCase(deps, noted)
  deps.wakeDialer()
}

/**
 * Sets an opt-out that came another way, from an app or an agent. Repeatable: the first one stands.
 * @throws RingfenceError `customer_not_found`, `store_unavailable`
 */
export async function optOut (deps: OptOutDeps, customerId: string, channel: Channel, via: string): Promise<Customer> {
  await known(deps, customerId)
  await store(deps, customerId, channel, via)
  return await known(deps, customerId)
}

/**
 * Takes an opt-out back, because the cardholder asked for it. Repeatable.
 * @throws RingfenceError `customer_not_found`, `store_unavailable`
 */
export async function takeBackOptOut (deps: OptOutDeps, customerId: string, channel: Channel, via: string): Promise<Customer> {
  await known(deps, customerId)
  if (await deps.customers.takeBackOptOut(customerId, { channel, atMs: deps.nowMs(), via })) {
    deps.metrics.optOutChanged(channel, 'taken_back')
    deps.log.info({ customerId, channel, via }, 'opt-out taken back')
  }
  return await known(deps, customerId)
}

async function store (deps: OptOutDeps, customerId: string, channel: Channel, via: string, heardIn: object = {}): Promise<void> {
  if (!await deps.customers.optOut(customerId, { channel, atMs: deps.nowMs(), via })) return
  deps.metrics.optOutChanged(channel, 'set')
  deps.log.info({ ...heardIn, customerId, channel, via }, 'cardholder opted out')
}

async function known ({ customers }: OptOutDeps, customerId: string): Promise<Customer> {
  const customer = await customers.get(customerId)
  if (customer === undefined) throw new RingfenceError('customer_not_found')
  return customer
}
