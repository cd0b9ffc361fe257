import { decimalText, minorDigits, type Amount } from './amount.ts'
import type { Attempt } from './attempt.ts'
import { askedTransactions, gravestTransaction, type Case } from './case.ts'
import type { Customer } from './customer.ts'

const MAX_SPOKEN_LENGTH = 80

/**
 * What a contact flow may say or needs to know. The first five keep the sample's names, so that its own flow still works.
 * No card number: Amazon Connect keeps attributes for 24 months. Source: Administrator Guide, "Contact attributes".
 */
export function contactAttributes (question: Case, attempt: Attempt, customer: Customer, institution: string): Record<string, string> {
  const asked = askedTransactions(question, attempt)
  const named = gravestTransaction(asked)
  return {
    Salutation: speakable(customer.salutation),
    Name: speakable(`${customer.firstName} ${customer.lastName}`),
    CardNo: question.last4,
    Amount: decimalText(named.amount),
    Customer: customer.customerId,
    CaseId: question.caseId,
    AttemptId: attempt.attemptId,
    AmountText: amountText(named.amount),
    Merchant: speakable(named.merchant ?? '') || 'an unnamed merchant',
    Institution: speakable(institution),
    Count: String(asked.length)
  }
}

/**
 * The amount as it is spoken in English: `4155 euros`, `41.55 US dollars`. Written out because speech has no currency mode.
 * Source: Amazon Polly Developer Guide, "Controlling how special types of words are spoken".
 */
export function amountText (amount: Amount): string {
  const isWhole = amount.valueMinor % 10 ** minorDigits(amount.currency) === 0
  const spoken = new Intl.NumberFormat('en', {
    style: 'currency',
    currency: amount.currency,
    currencyDisplay: 'name',
    useGrouping: false,
    ...(isWhole ? { minimumFractionDigits: 0, maximumFractionDigits: 0 } : {})
  }).format(Number(decimalText(amount)))
  return speakable(spoken.replaceAll('&', 'and'))
}

/**
 * Text that is safe inside SSML and holds no reference: letters, marks, digits, blanks and `. , ' -`.
 * Amazon Connect does not promise to escape attributes in SSML, and one `&` would silence the whole prompt.
 */
export function speakable (text: string): string {
  const plain = text.replaceAll(/[^\p{L}\p{M}\p{Nd} .,'-]/gu, ' ').replaceAll(/\s+/g, ' ').trim()
  return [...plain].slice(0, MAX_SPOKEN_LENGTH).join('').trimEnd()
}
