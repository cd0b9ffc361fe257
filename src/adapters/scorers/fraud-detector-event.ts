import { createHash } from 'node:crypto'
import { decimalText } from '../../domain/amount.ts'
import { holdsCardNumber } from '../../domain/card-number.ts'
import { holdsSecurityCode } from '../../domain/security-code.ts'
import type { ScorableTransaction } from '../../ports.ts'

/** Which of the detector's event variables are filled from the transaction itself when the caller did not send them. */
export interface StandInVariables {
  amount?: string
  currency?: string
}

/** Our transaction as Amazon Fraud Detector's event. */
export interface FraudDetectorEvent {
  eventId: string
  eventTimestamp: string
  entityId: string
  eventVariables: Record<string, string>
}

const EVENT_ID = /^[0-9a-z_-]{1,64}$/
const ENTITY_ID = /^[0-9A-Za-z_.@+-]{1,256}$/
/** Reserved for an entity that is not known (Amazon Fraud Detector User Guide, "Get a fraud prediction"). */
const UNKNOWN_ENTITY = 'UNKNOWN'
const MAX_NAME_LENGTH = 64
const MAX_VALUE_LENGTH = 8192

/**
 * The id under which Amazon Fraud Detector knows a transaction: its own when that is legal for every operation of the service,
 * else `tx_` and 160 bits of its SHA-256. Source: API Reference, UpdateEventLabel, `eventId`.
 */
export function eventIdOf (transactionId: string): string {
  return EVENT_ID.test(transactionId) ? transactionId : `tx_${digest(transactionId)}`
}

/** The id under which Amazon Fraud Detector knows a cardholder, made the same way. Source: API Reference, Entity, `entityId`. */
function entityIdOf (customerId: string): string {
  return ENTITY_ID.test(customerId) && customerId !== UNKNOWN_ENTITY ? customerId : `customer_${digest(customerId)}`
}

/**
 * Makes the event of a transaction. Variables are the caller's own, as they were sent; empty ones, and any that the service would not take by
 * its length, are left out. None is added but those that a setting names: whether a detector refuses variables that its event type lacks is not
 * documented, and so nothing is sent that nobody asked for. A stand-in amount is decimal in major units, a stand-in currency in lower case,
 * as the embedded model reads them and the sample's data has them.
 * Card numbers and security codes are refused where a transaction comes in; should one get here, its variable is left out.
 */
export function toFraudDetectorEvent (transaction: ScorableTransaction, standIns: StandInVariables): FraudDetectorEvent {
  const { transactionId, customerId, occurredAtMs, amount, variables } = transaction
  const eventVariables: Record<string, string> = {}
  for (const [name, value] of Object.entries(variables)) {
    if (isSendable(name, value)) eventVariables[name] = value
  }
  if (standIns.amount !== undefined) eventVariables[standIns.amount] ??= decimalText(amount)
  if (standIns.currency !== undefined) eventVariables[standIns.currency] ??= amount.currency.toLowerCase()
  return {
    eventId: eventIdOf(transactionId),
    eventTimestamp: new Date(occurredAtMs).toISOString().replace('.000Z', 'Z'),
    entityId: entityIdOf(customerId),
    eventVariables
  }
}

/** Whether the transaction's event has a variable, as each must. */
export function hasEventVariable ({ variables }: ScorableTransaction, standIns: StandInVariables): boolean {
  return standIns.amount !== undefined || standIns.currency !== undefined || Object.entries(variables).some(([name, value]) => isSendable(name, value))
}

function isSendable (name: string, value: string | null): value is string {
  return value !== null && value.trim() !== '' && name.length >= 1 && name.length <= MAX_NAME_LENGTH && value.length <= MAX_VALUE_LENGTH && !holdsSecurityCode(name, value) && !holdsCardNumber(value)
}

function digest (text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 40)
}
