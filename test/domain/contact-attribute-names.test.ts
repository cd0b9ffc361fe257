import t from 'tap'
import type { Attempt } from '../../src/domain/attempt.ts'
import type { Case } from '../../src/domain/case.ts'
import { CONTACT_ATTRIBUTES } from '../../src/domain/contact-attribute-names.ts'
import { contactAttributes } from '../../src/domain/contact-attributes.ts'
import type { Customer } from '../../src/domain/customer.ts'
import { PROMPTS } from '../shipped-prompts.ts'

const CUSTOMER: Customer = {
  customerId: 'c1', salutation: '', firstName: 'Ada', lastName: 'Lovelace', phoneNumber: '+4915112345678', language: 'de', timeZone: 'UTC', channels: ['voice'], optOuts: [], cardIds: [], updatedAtMs: 0
}
const ATTEMPT: Attempt = {
  attemptId: 'a1', channel: 'voice', step: 0, status: 'due', dueAtMs: 0, submissions: 0, deferredSinceMs: null, submittedAtMs: null, askedIds: null, contactId: null, outcome: null, endedAtMs: null
}

t.test('the list that flow check knows names every attribute that is sent, and no other', async t => {
  const question = { caseId: 'case_1', last4: '8788', transactions: [{ transactionId: 'tx-1', amount: { valueMinor: 100, currency: 'USD' }, merchant: null, score: 870, occurredAtMs: 0 }] } as unknown as Case
  const sent = contactAttributes(question, ATTEMPT, CUSTOMER, { institution: 'Test Bank', prompts: PROMPTS, defaultLanguage: 'en' })
  t.strictSame(Object.keys(sent).sort(), [...CONTACT_ATTRIBUTES].sort())
})
