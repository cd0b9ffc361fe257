import { GetItemCommand, QueryCommand, ScanCommand, type DynamoDBClient, type ScanCommandOutput } from '@aws-sdk/client-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'

/** The table of a proof, read with the plain SDK and none of the service's code. */
export function openTable (client: DynamoDBClient, tableName: string) {
  return {
    /** Every item. */
    async readAll (): Promise<Array<Record<string, unknown>>> {
      const items: Array<Record<string, unknown>> = []
      let from: ScanCommandOutput['LastEvaluatedKey']
      do {
        const page: ScanCommandOutput = await client.send(new ScanCommand({ TableName: tableName, ConsistentRead: true, ...from === undefined ? {} : { ExclusiveStartKey: from } }))
        const { Items = [], LastEvaluatedKey } = page
        for (const item of Items) items.push(unmarshall(item))
        from = LastEvaluatedKey
      } while (from !== undefined)
      return items
    },

    /** Who dials, by the lease. */
    async lease (): Promise<{ token: number, holder: string | null } | undefined> {
      const { Item } = await client.send(new GetItemCommand({ TableName: tableName, Key: { pk: { S: 'LEASE#dialer' }, sk: { S: 'LEASE' } }, ConsistentRead: true }))
      return Item === undefined ? undefined : { token: Number(Item['token']?.N), holder: Item['holder']?.S ?? null }
    },

    /** Whether a case is open or settling, or anything is due until then. Unix milliseconds. */
    async isBusy (untilMs: number): Promise<boolean> {
      const queries = [
        one('casesByStatus', '#hash = :hash', { '#hash': 'caseListStatus' }, { ':hash': { S: 'open' } }),
        ...['other#0', 'other#1'].map(async (shard) => await one('due', '#hash = :hash AND #at <= :at', { '#hash': 'dueShard', '#at': 'dueAtMs' }, { ':hash': { S: shard }, ':at': { N: String(untilMs) } }))
      ]
      return (await Promise.all(queries)).some(Boolean)
    }
  }

  async function one (IndexName: string, KeyConditionExpression: string, ExpressionAttributeNames: Record<string, string>, ExpressionAttributeValues: Record<string, { S: string } | { N: string }>): Promise<boolean> {
    const { Count = 0 } = await client.send(new QueryCommand({ TableName: tableName, IndexName, KeyConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues, Limit: 1, Select: 'COUNT' }))
    return Count > 0
  }
}
