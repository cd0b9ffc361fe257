import { setTimeout as sleep } from 'node:timers/promises'
import { ResourceNotFoundException, ScanCommand, type DynamoDBClient, type ScanCommandOutput } from '@aws-sdk/client-dynamodb'
import { answeredTransactions, type Answer, type Case } from '../../domain/case.ts'
import type { ShadowScore, Transaction } from '../../domain/transaction.ts'
import { toAttributes } from './attribute-value.ts'
import { fromItem } from './item.ts'

export interface ShadowScanOptions {
  client: DynamoDBClient
  tableName: string
  /** When the decisions were made: from then on, and before then. */
  fromMs: number
  beforeMs: number
  /** Read capacity units that may be taken a second. */
  readUnitsPerSecond: number
  /** Items of a page at most, so that the pace is even; 2,000 unless a test wants other ones. */
  pageItems?: number
  /** Waits between two pages; a test looks on instead. */
  pause?: (ms: number) => Promise<unknown>
}

/** What the scan hands out, in no order. */
export interface ShadowScanTaker {
  transaction: (transaction: ShadowedTransaction) => void
  /** The cardholder's answer about one payment, of whatever time. */
  answer: (transactionId: string, answer: Answer) => void
  /** So many items were read so far. */
  read: (items: number) => void
}

/** A decision beside which a shadow scored. */
export type ShadowedTransaction = Pick<Transaction, 'transactionId' | 'cardId' | 'assessedAtMs' | 'score' | 'scorer' | 'question'> & { shadow: ShadowScore }

const PAGE_ITEMS = 2_000
const READ = ['sk', 'transactionId', 'cardId', 'assessedAtMs', 'score', 'scorer', 'question', 'shadow', 'decision', 'transactions', 'answeredIds'] as const

/**
 * Reads the whole table once, for the command line and never for the service: decisions with a shadow's score, and cases with an answer. It takes no more
 * of the table's capacity than it is told to; where the engine does not say what a page took, its pace is that of the replies.
 */
export async function scanShadowScores ({ client, tableName, fromMs, beforeMs, readUnitsPerSecond, pageItems = PAGE_ITEMS, pause = sleep }: ShadowScanOptions, take: ShadowScanTaker): Promise<void> {
  let from: ScanCommandOutput['LastEvaluatedKey']
  let items = 0
  do {
    const startedAtMs = performance.now()
    const page: ScanCommandOutput = await client.send(new ScanCommand({
      TableName: tableName,
      Limit: pageItems,
      FilterExpression: '(#sk = :transaction AND attribute_exists(#shadow) AND #assessedAtMs >= :from AND #assessedAtMs < :before) OR (#sk = :case AND #decision IN (:fraud, :genuine))',
      ProjectionExpression: READ.map((name) => `#${name}`).join(', '),
      ExpressionAttributeNames: Object.fromEntries(READ.map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: toAttributes({ ':transaction': 'TRANSACTION', ':case': 'CASE', ':from': fromMs, ':before': beforeMs, ':fraud': 'fraud', ':genuine': 'genuine' }),
      ReturnConsumedCapacity: 'TOTAL',
      ...from === undefined ? {} : { ExclusiveStartKey: from }
    })).catch((error: unknown) => { throw error instanceof ResourceNotFoundException ? new Error(`There is no table ${tableName}.`, { cause: error }) : error })
    for (const item of page.Items ?? []) {
      if (item['sk']?.S === 'CASE') takeAnswers(fromItem<Pick<Case, 'decision' | 'transactions' | 'answeredIds'>>(item), take)
      else take.transaction(fromItem<ShadowedTransaction>(item))
    }
    items += page.ScannedCount ?? 0
    take.read(items)
    from = page.LastEvaluatedKey
    const pauseMs = (page.ConsumedCapacity?.CapacityUnits ?? 0) / readUnitsPerSecond * 1000 - (performance.now() - startedAtMs)
    if (from !== undefined && pauseMs > 0) await pause(pauseMs)
  } while (from !== undefined)
}

function takeAnswers (question: Pick<Case, 'decision' | 'transactions' | 'answeredIds'>, take: ShadowScanTaker): void {
  const { decision } = question
  if (decision === 'fraud' || decision === 'genuine') for (const { transactionId } of answeredTransactions(question)) take.answer(transactionId, decision)
}
