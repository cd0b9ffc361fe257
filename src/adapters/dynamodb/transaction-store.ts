import { ConditionalCheckFailedException, GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import type { Transaction } from '../../domain/transaction.ts'
import { RingfenceError } from '../../errors.ts'
import type { TransactionStore } from '../../ports.ts'
import { toAttributes } from './attribute-value.ts'
import { dueAttributes, fromItem, itemKey, marshallKey, toItem, type Item } from './item.ts'
import { storeCall, conditionalWrite, type DynamoDbStoreOptions } from './store-call.ts'
import { DUE_INDEX } from './table.ts'
import { notThereYet } from './version-condition.ts'

/** How long the request that wrote an intent has to fulfil it before the dialer does. */
const INTENT_GRACE_MS = 2_000

const TABLE_ONLY = [DUE_INDEX.shard, DUE_INDEX.atMs]

/** Screened transactions, one item each, written once; a pending question puts it into the due index. */
export function createDynamoDbTransactionStore ({ client, tableName, timeoutMs }: DynamoDbStoreOptions): TransactionStore {
  async function get (transactionId: string): Promise<Transaction | undefined> {
    const { Item } = await storeCall(timeoutMs, (options) => client.send(new GetItemCommand({
      TableName: tableName, Key: marshallKey(itemKey('TRANSACTION', transactionId)), ConsistentRead: true
    }), options))
    return Item && fromItem<Transaction>(Item, TABLE_ONLY)
  }

  return {
    get,

    async recordOnce (transaction) {
      const dueAtMs = transaction.question?.state === 'pending' ? transaction.assessedAtMs + INTENT_GRACE_MS : undefined
      try {
        await storeCall(timeoutMs, (options) => client.send(new PutItemCommand({
          TableName: tableName,
          Item: toItem(itemKey('TRANSACTION', transaction.transactionId), transaction, dueAttributes(transaction.transactionId, 'other', dueAtMs)),
          ...notThereYet,
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD'
        }), options))
        return transaction
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error
        return await winner(error.Item, transaction.transactionId)
      }
    },

    async attachCase (transactionId, caseId, caseStatus) {
      // Once attached it stays: an acknowledged decision must not change.
      const isPending = '#question.#state = :pending'
      await conditionalWrite(timeoutMs, (options) => client.send(new UpdateItemCommand({
        TableName: tableName,
        Key: marshallKey(itemKey('TRANSACTION', transactionId)),
        UpdateExpression: 'SET #question = :attached REMOVE #dueShard, #dueAtMs',
        ConditionExpression: isPending,
        ExpressionAttributeNames: { '#question': 'question', '#state': 'state', '#dueShard': DUE_INDEX.shard, '#dueAtMs': DUE_INDEX.atMs },
        ExpressionAttributeValues: toAttributes({ ':attached': { state: 'attached', caseId, caseStatus }, ':pending': 'pending' })
      }), options))
    }
  }

  /** DynamoDB hands the loser of a race the winner's item; an engine that does not is asked again. */
  async function winner (item: Item | undefined, transactionId: string): Promise<Transaction> {
    const stored = item === undefined ? await get(transactionId) : fromItem<Transaction>(item, TABLE_ONLY)
    if (stored === undefined) throw new RingfenceError('store_unavailable', { detail: 'A recorded transaction could not be read back.' })
    return stored
  }
}
