import { BatchGetItemCommand, GetItemCommand, PutItemCommand, QueryCommand, type KeysAndAttributes, type QueryCommandOutput } from '@aws-sdk/client-dynamodb'
import type { Case } from '../../domain/case.ts'
import { caseDueAtMs, caseQueue } from '../../domain/case-due.ts'
import { RingfenceError } from '../../errors.ts'
import type { CaseStore } from '../../ports.ts'
import { dueAttributes, fromItem, itemKey, marshallKey, toItem, type Item } from './item.ts'
import { storeCall, conditionalWrite, type DynamoDbStoreOptions } from './store-call.ts'
import { CASES_BY_CARD_INDEX, CASES_BY_STATUS_INDEX, DUE_INDEX } from './table.ts'
import { unlessWrittenSince } from './version-condition.ts'

const TABLE_ONLY = [DUE_INDEX.shard, DUE_INDEX.atMs, CASES_BY_CARD_INDEX.card, CASES_BY_STATUS_INDEX.status, CASES_BY_CARD_INDEX.id]
const LIST_STATUSES = ['open', 'closed'] as const
const MAX_BATCH_TRIES = 5

/** Cases, one item each with its transactions, attempts and history, written whole under a version condition. */
export function createDynamoDbCaseStore ({ client, tableName, timeoutMs }: DynamoDbStoreOptions): CaseStore {
  return {
    async get (caseId) {
      const { Item } = await storeCall(timeoutMs, (options) => client.send(new GetItemCommand({
        TableName: tableName, Key: marshallKey(itemKey('CASE', caseId)), ConsistentRead: true
      }), options))
      return Item && fromItem<Case>(Item, TABLE_ONLY)
    },

    async save (question) {
      const listed = {
        [CASES_BY_CARD_INDEX.card]: question.cardId,
        [CASES_BY_STATUS_INDEX.status]: listStatus(question),
        [CASES_BY_CARD_INDEX.id]: question.caseId
      }
      return await conditionalWrite(timeoutMs, (options) => client.send(new PutItemCommand({
        TableName: tableName,
        Item: toItem(itemKey('CASE', question.caseId), { ...question, version: question.version + 1 }, { ...listed, ...dueAttributes(question.caseId, caseQueue(question), caseDueAtMs(question)) }),
        ...unlessWrittenSince(question.version)
      }), options))
    },

    async countOpen (most) {
      let count = 0
      let from: QueryCommandOutput['LastEvaluatedKey']
      do {
        const key = from
        const page: QueryCommandOutput = await storeCall(timeoutMs, (options) => client.send(new QueryCommand({
          TableName: tableName,
          IndexName: CASES_BY_STATUS_INDEX.name,
          KeyConditionExpression: '#hash = :value',
          ExpressionAttributeNames: { '#hash': CASES_BY_STATUS_INDEX.status },
          ExpressionAttributeValues: { ':value': { S: 'open' } },
          Select: 'COUNT',
          Limit: most - count,
          ...key === undefined ? {} : { ExclusiveStartKey: key }
        }), options))
        count += page.Count ?? 0
        from = page.LastEvaluatedKey
      } while (from !== undefined && count < most)
      return count
    },

    async list ({ status, cardId, limit, olderThan }) {
      const statuses = status === undefined ? LIST_STATUSES : [status]
      if (cardId !== undefined) return await listOfCard(cardId, statuses, limit, olderThan)
      const lists = await Promise.all(statuses.map((one) => listIds(CASES_BY_STATUS_INDEX.name, CASES_BY_STATUS_INDEX.status, one, limit, olderThan)))
      // While a case moves between the two lists the index may show it in both.
      const newest = [...new Set(lists.flat())].sort().reverse().slice(0, limit)
      return await readAll(newest)
    }
  }

  async function listOfCard (cardId: string, statuses: ReadonlyArray<'open' | 'closed'>, limit: number, olderThan: string | undefined): Promise<Case[]> {
    const found: Case[] = []
    let before = olderThan
    while (found.length < limit) {
      const ids = await listIds(CASES_BY_CARD_INDEX.name, CASES_BY_CARD_INDEX.card, cardId, limit, before)
      const page = await readAll(ids)
      found.push(...page.filter((question) => statuses.includes(listStatus(question))))
      before = ids.at(-1)
      if (ids.length < limit) break
    }
    return found.slice(0, limit)
  }

  async function listIds (index: string, hash: string, value: string, limit: number, olderThan: string | undefined): Promise<string[]> {
    // DynamoDB refuses a name or value that no expression uses.
    const older = olderThan === undefined
      ? { condition: '', names: {}, values: {} }
      : { condition: ' AND #id < :olderThan', names: { '#id': CASES_BY_CARD_INDEX.id }, values: { ':olderThan': { S: olderThan } } }
    const { Items = [] } = await storeCall(timeoutMs, (options) => client.send(new QueryCommand({
      TableName: tableName,
      IndexName: index,
      KeyConditionExpression: `#hash = :value${older.condition}`,
      ExpressionAttributeNames: { '#hash': hash, ...older.names },
      ExpressionAttributeValues: { ':value': { S: value }, ...older.values },
      ScanIndexForward: false,
      Limit: limit
    }), options))
    return Items.map((item) => item[CASES_BY_CARD_INDEX.id]?.S ?? '')
  }

  async function readAll (caseIds: readonly string[]): Promise<Case[]> {
    const found = new Map<string, Case>()
    let request: Record<string, KeysAndAttributes> | undefined = caseIds.length === 0
      ? undefined
      : { [tableName]: { Keys: caseIds.map((caseId) => marshallKey(itemKey('CASE', caseId))), ConsistentRead: true } }
    for (let tries = 0; request !== undefined; tries++) {
      if (tries === MAX_BATCH_TRIES) throw new RingfenceError('store_unavailable')
      const asked: Record<string, KeysAndAttributes> = request
      const reply = await storeCall(timeoutMs, (options) => client.send(new BatchGetItemCommand({ RequestItems: asked }), options))
      for (const item of reply.Responses?.[tableName] ?? []) remember(found, item)
      const left = reply.UnprocessedKeys
      request = left === undefined || Object.keys(left).length === 0 ? undefined : left
    }
    return caseIds.flatMap((caseId) => found.get(caseId) ?? [])
  }
}

function listStatus ({ status }: Case): 'open' | 'closed' {
  return status === 'closed' ? 'closed' : 'open'
}

function remember (found: Map<string, Case>, item: Item): void {
  const question = fromItem<Case>(item, TABLE_ONLY)
  found.set(question.caseId, question)
}
