import { cardIdOf } from '../../../src/domain/card-number.ts'
import { DUE_SHARDS } from '../../../src/adapters/dynamodb/item.ts'
import { engineCall, type WireItem } from './engine-call.ts'

/** DynamoDB's own bound of a batch. Source: Amazon DynamoDB API Reference, BatchWriteItem. */
const BATCH_ITEMS = 25
const WRITERS = 8

/** The number of the n-th card, 16 digits. */
export function cardNumber (n: number): string {
  return `4${String(n).padStart(15, '0')}`
}

/** The n-th card as the service writes one. @param sample a card that it wrote */
export function cardItem (sample: WireItem, n: number, tokenisationKey: string): WireItem {
  const cardId = cardIdOf(cardNumber(n), tokenisationKey)
  return { ...sample, pk: { S: `CARD#${cardId}` }, cardId: { S: cardId }, last4: { S: cardNumber(n).slice(-4) }, openCaseId: { NULL: true }, version: { N: '1' } }
}

/** The n-th case that waits, as the service writes one. @param sample a case that it wrote */
export function caseItem (sample: WireItem, n: number): WireItem {
  const caseId = `${sample['caseId']?.S ?? ''}-${n}`
  const cardId = `card_of_${n}`
  // Later than the sample, which therefore takes the one turn that the pace gives.
  const dueAtMs = String(Number(sample['dueAtMs']?.N) + n)
  return { ...sample, pk: { S: `CASE#${caseId}` }, caseId: { S: caseId }, listedCaseId: { S: caseId }, cardId: { S: cardId }, caseCardId: { S: cardId }, dueShard: { S: `voice#${n % DUE_SHARDS.voice}` }, dueAtMs: { N: dueAtMs } }
}

/** Writes items in batches by several writers. @param written is told how many there are by now */
export async function fillTable (endpoint: string, tableName: string, from: number, until: number, item: (n: number) => WireItem, written: (count: number) => void): Promise<void> {
  let next = from
  await Promise.all(Array.from({ length: WRITERS }, async () => {
    while (next < until) {
      const first = next
      next = Math.min(until, first + BATCH_ITEMS)
      let requests: object[] = Array.from({ length: next - first }, (_, offset) => ({ PutRequest: { Item: item(first + offset) } }))
      while (requests.length > 0) {
        const { UnprocessedItems } = await engineCall<{ UnprocessedItems?: Record<string, object[]> }>(endpoint, 'BatchWriteItem', { RequestItems: { [tableName]: requests } })
        requests = UnprocessedItems?.[tableName] ?? []
      }
      written(next)
    }
  }))
}
