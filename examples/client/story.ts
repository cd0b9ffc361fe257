// A payment, the question to the cardholder, and their answer, by a client that is typed from the contract.
// How to make `ringfence.d.ts`, and how to run this: docs/client.md.
import createClient from 'openapi-fetch'
import type { components, paths } from './ringfence.d.ts'

type Problem = components['schemas']['Problem']

const client = createClient<paths>({
  baseUrl: process.env['RINGFENCE_URL'] ?? 'http://localhost:3000',
  headers: { authorization: `Bearer ${process.env['RINGFENCE_KEY'] ?? 'rf_local'}` }
})

const customer = await client.PUT('/v1/customers/{customerId}', {
  params: { path: { customerId: 'client-1' } },
  body: { firstName: 'Ada', lastName: 'Lovelace', phoneNumber: '+4915112345678', timeZone: 'Europe/Berlin', channels: ['voice'], cards: [{ number: '5555341244441115' }] }
})
if (customer.error) throw refusal(customer.error)
console.log(`customer ${customer.data.customerId}: ${customer.data.cards.length} card, ending in ${customer.data.cards.map(({ last4 }) => last4).join()}`)

const payment = await client.POST('/v1/transactions', {
  body: {
    transactionId: `client-${crypto.randomUUID()}`,
    customerId: customer.data.customerId,
    card: { number: '5555341244441115' },
    amount: { value: 415500, currency: 'EUR' },
    occurredAt: new Date().toISOString(),
    variables: { ip_address: '62.39.153.176', email_address: 'jonathan15@example.org', merchant_name: 'Example Shop', cvv: 'N', transaction_adj_amt: '-11.6' }
  }
})
if (payment.error) throw refusal(payment.error)
const { outcome, score, card } = payment.data
console.log(`payment: ${outcome}, score ${score ?? 'none'}`)

// `null` when nobody is asked; the compiler does not let us forget it.
if (payment.data.case !== null) {
  const path = { caseId: payment.data.case.id }
  const question = await client.GET('/v1/cases/{caseId}', { params: { path } })
  if (question.error) throw refusal(question.error)
  console.log(`case: ${question.data.status}, ${question.data.attempts.map(({ channel }) => channel).join()} to ${question.data.customerId}`)

  // What the phone would do, done by an agent.
  const answer = await client.POST('/v1/cases/{caseId}/answer', { params: { path }, body: { answer: 'fraud' } })
  if (answer.error) throw refusal(answer.error)
  console.log(`answer: ${answer.data.verdict}, the case is ${answer.data.caseStatus}`)

  const other = await client.POST('/v1/cases/{caseId}/answer', { params: { path }, body: { answer: 'genuine' } })
  console.log(`another answer: ${other.response.status} ${other.error?.code ?? 'taken'}`)
}

const blocked = await client.GET('/v1/cards/{cardId}', { params: { path: { cardId: card.id } } })
if (blocked.error) throw refusal(blocked.error)
console.log(`card ${blocked.data.last4}: ${blocked.data.isBlocked ? `blocked by ${blocked.data.blockedBy ?? 'nobody'}` : 'not blocked'}`)

/** Programs go by `code`; people read the rest. */
function refusal ({ status, code, title, errors = [] }: Problem): Error {
  return new Error(`${status} ${code}: ${title} ${errors.map(({ path, message }) => `${path} ${message}`).join('; ')}`)
}
