import { QueryCommand } from '@aws-sdk/client-dynamodb'
import type { DueIndex, DueWork } from '../../ports.ts'
import { DUE_SHARDS, dueShardName } from './item.ts'
import { storeCall, type DynamoDbStoreOptions } from './store-call.ts'
import { DUE_INDEX } from './table.ts'

/** What is due, read from the sparse index: its cost is what is due, not what is waiting. */
export function createDynamoDbDueIndex ({ client, tableName, timeoutMs }: DynamoDbStoreOptions): DueIndex {
  return {
    async due (nowMs, limit) {
      const shards = await Promise.all(Array.from({ length: DUE_SHARDS }, async (_, shard) => {
        const { Items = [] } = await storeCall(timeoutMs, (options) => client.send(new QueryCommand({
          TableName: tableName,
          IndexName: DUE_INDEX.name,
          KeyConditionExpression: '#shard = :shard AND #atMs <= :nowMs',
          ExpressionAttributeNames: { '#shard': DUE_INDEX.shard, '#atMs': DUE_INDEX.atMs },
          ExpressionAttributeValues: { ':shard': { S: dueShardName(shard) }, ':nowMs': { N: String(nowMs) } },
          Limit: limit
        }), options))
        return Items.flatMap((item) => dueWork(item['pk']?.S ?? '', Number(item[DUE_INDEX.atMs]?.N)))
      }))
      return shards.flat().sort((one, other) => one.atMs - other.atMs).slice(0, limit).map(({ kind, id }) => ({ kind, id }))
    }
  }
}

function dueWork (pk: string, atMs: number): Array<DueWork & { atMs: number }> {
  const [kind, id] = [pk.slice(0, pk.indexOf('#')), pk.slice(pk.indexOf('#') + 1)]
  if (kind === 'CASE') return [{ kind: 'case', id, atMs }]
  if (kind === 'TRANSACTION') return [{ kind: 'transaction', id, atMs }]
  return []
}
