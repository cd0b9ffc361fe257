import { decimalText } from './amount.ts'
import type { Attempt } from './attempt.ts'
import { askedTransactions, gravestTransaction, type Case } from './case.ts'
import type { Customer } from './customer.ts'
import { fillPrompt, promptLanguage, type PromptName, type Prompts, type PromptValues } from './prompts.ts'
import { speakable, speakableMerchant } from './speakable.ts'
import { shortAmount, spokenAmount } from './spoken-amount.ts'
import { fillTextMessage, toTextMessageAlphabet } from './text-message.ts'

/** How cardholders are spoken to. */
export interface Wording {
  institution: string
  prompts: Prompts
  /** Language of the prompts when there are none in the cardholder's. */
  defaultLanguage: string
}

/**
 * What a contact flow may say or needs to know. The first five keep the sample's names, so that its own flow still works. The prompts
 * are whole sentences for the attempt's channel in the cardholder's language, plain text without markup: a flow puts one in by one
 * reference in a `Text`, which is right whether or not Connect escapes attributes inside SSML (not documented).
 * No card number: Amazon Connect keeps attributes for 24 months. Source: Administrator Guide, "Contact attributes".
 */
export function contactAttributes (question: Case, attempt: Attempt, customer: Customer, { institution, prompts, defaultLanguage }: Wording): Record<string, string> {
  const asked = askedTransactions(question, attempt)
  const named = gravestTransaction(asked)
  const language = promptLanguage(prompts, customer.language, defaultLanguage)
  const wordings = prompts[language]
  if (wordings === undefined) throw new Error(`there are no prompts in ${language}`)

  const inMessage = attempt.channel === 'sms'
  const merchant = speakableMerchant(named.merchant ?? '')
  const values: PromptValues = {
    institution: speakable(institution),
    salutation: speakable(customer.salutation),
    name: speakable(`${customer.firstName} ${customer.lastName}`),
    amount: inMessage ? shortAmount(named.amount, language) : spokenAmount(named.amount, language),
    merchant: inMessage ? toTextMessageAlphabet(merchant) || wordings.sms.unnamedMerchant : merchant || wordings.unnamedMerchant,
    card: inMessage ? question.last4 : [...question.last4].join(' '),
    count: String(asked.length)
  }
  const prompt = (name: PromptName) => inMessage ? fillTextMessage(wordings.sms[name], values) : fillPrompt(wordings.voice[name], values)

  return {
    Salutation: values.salutation,
    Name: values.name,
    CardNo: question.last4,
    Amount: decimalText(named.amount),
    Customer: customer.customerId,
    CaseId: question.caseId,
    AttemptId: attempt.attemptId,
    AmountText: spokenAmount(named.amount, language),
    Merchant: merchant || wordings.unnamedMerchant,
    Institution: values.institution,
    Count: values.count,
    Language: language,
    PromptQuestion: prompt(asked.length > 1 ? 'questionSeveral' : 'question'),
    PromptRetry: prompt('retry'),
    PromptBlocked: prompt('blocked'),
    PromptActive: prompt('active'),
    PromptAlreadyAnswered: prompt('alreadyAnswered'),
    PromptUnsure: prompt('unsure'),
    PromptNone: prompt('none'),
    PromptOptedOut: prompt('optedOut')
  }
}
