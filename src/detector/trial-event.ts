import { decimalText, isCurrency } from '../domain/amount.ts'
import { holdsCardNumber } from '../domain/card-number.ts'
import { holdsSecurityCode } from '../domain/security-code.ts'
import type { EventType, TrialEvent } from './detector-builder.ts'
import { DetectorError } from './detector-error.ts'

/** What of a transaction, as `POST /v1/transactions` takes it, a detector can be asked about. The card itself is none of its business. */
export interface TrialTransaction {
  customerId?: string
  occurredAt?: string
  amount?: { value: number, currency: string }
  variables?: Readonly<Record<string, string | null>>
}

const ENTITY_ID = /^[0-9A-Za-z_.@+-]{1,256}$/
/** Stands for an entity that is not known. Source: Amazon Fraud Detector User Guide, "Get a fraud prediction". */
const UNKNOWN_ENTITY = 'UNKNOWN'

/**
 * Makes one event to try a detector with. Variables that the event type does not have are left out and named, empty ones are left out;
 * the transaction's amount and currency stand in for the sample's variables of these.
 * @throws DetectorError `data` when a variable holds a card number or a security code, `plan` when no variable is left
 */
export function toTrialEvent ({ customerId, occurredAt, amount, variables = {} }: TrialTransaction, { eventType, eventId, nowMs }: { eventType: EventType, eventId: string, nowMs: number }): { event: TrialEvent, leftOut: string[] } {
  const given: Record<string, string> = {}
  if (amount !== undefined && isCurrency(amount.currency)) {
    given['transaction_amt'] = decimalText({ valueMinor: amount.value, currency: amount.currency })
    given['currency'] = amount.currency.toLowerCase()
  }
  const standIns = new Set(Object.keys(given))
  for (const [name, value] of Object.entries(variables)) {
    if (value === null || value.trim() === '') continue
    if (holdsSecurityCode(name, value)) throw new DetectorError('data', `The variable ${name} holds a security code; it is not sent.`)
    if (holdsCardNumber(value)) throw new DetectorError('data', `The variable ${name} holds a card number; it is not sent.`)
    given[name] = value
    standIns.delete(name)
  }
  const isKnown = (name: string): boolean => eventType.variables.includes(name)
  const sent = Object.fromEntries(Object.entries(given).filter(([name]) => isKnown(name)))
  if (Object.keys(sent).length === 0) throw new DetectorError('plan', `None of the variables belongs to the event type; it has ${eventType.variables.join(', ')}.`)
  return {
    event: {
      eventId,
      eventType: eventType.name,
      entityType: eventType.entityTypes[0] ?? '',
      entityId: customerId !== undefined && ENTITY_ID.test(customerId) ? customerId : UNKNOWN_ENTITY,
      occurredAt: new Date(occurredAt === undefined ? nowMs : Date.parse(occurredAt)).toISOString().replace(/\.\d{3}Z$/, 'Z'),
      variables: sent
    },
    leftOut: Object.keys(given).filter((name) => !isKnown(name) && !standIns.has(name))
  }
}
