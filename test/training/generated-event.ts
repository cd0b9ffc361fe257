import type { ScreenedEvent } from '../../src/model/features.ts'
import type { GeneratedTransaction } from '../../src/training/transaction-generator.ts'

/** The event that a generated transaction stands for, as a scorer would get it. */
export function generatedEvent ({ EVENT_TIMESTAMP, variables }: GeneratedTransaction): ScreenedEvent {
  const currency = (variables['currency'] ?? 'usd').toUpperCase()
  const valueMinor = Math.round(Number(variables['transaction_amt'] ?? 0) * (currency === 'JPY' ? 1 : 100))
  return { occurredAtMs: Date.parse(EVENT_TIMESTAMP), amount: { valueMinor, currency }, variables }
}
