import { QueryCommand } from '@aws-sdk/client-dynamodb'
import type { Queue } from '../../domain/case-due.ts'
import type { DueIndex, DueWork } from '../../ports.ts'
import { DUE_SHARDS, dueShardName } from './item.ts'
import { storeCall, type DynamoDbStoreOptions } from './store-call.ts'
import { DUE_INDEX } from './table.ts'

/** What is due, read from the sparse index: its cost is what is due, not what is waiting. */
export function createDynamoDbDueIndex ({ client, tableName, timeoutMs }: DynamoDbStoreOptions): DueIndex {
  async function dueOfShard (queue: Queue, shard: number, untilMs: number, limit: number): Promise<DueWork[]> {
    const { Items = [] } = await storeCall(timeoutMs, (options) => client.send(new QueryCommand({
      TableName: tableName,
      IndexName: DUE_INDEX.name,
      KeyConditionExpression: '#shard = :shard AND #atMs <= :untilMs',
      ExpressionAttributeNames: { '#shard': DUE_INDEX.shard, '#atMs': DUE_INDEX.atMs },
      ExpressionAttributeValues: { ':shard': { S: dueShardName(queue, shard) }, ':untilMs': { N: String(Math.min(untilMs, Number.MAX_SAFE_INTEGER)) } },
      Limit: limit
    }), options))
    return Items.flatMap((item) => dueWork(item['pk']?.S ?? '', Number(item[DUE_INDEX.atMs]?.N)))
  }

  return {
    async due (queues, untilMs, limit) {
      const shards = await Promise.all(queues.flatMap((queue) => Array.from({ length: DUE_SHARDS[queue] }, async (_, shard) => await dueOfShard(queue, shard, untilMs, limit))))
      return shards.flat().sort((one, other) => one.dueAtMs - other.dueAtMs).slice(0, limit)
    }
  }
}

function dueWork (pk: string, dueAtMs: number): DueWork[] {
  const [kind, id] = [pk.slice(0, pk.indexOf('#')), pk.slice(pk.indexOf('#') + 1)]
  if (kind === 'CASE') return [{ kind: 'case', id, dueAtMs }]
  if (kind === 'TRANSACTION') return [{ kind: 'transaction', id, dueAtMs }]
  return []
}
