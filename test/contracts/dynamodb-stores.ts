import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { createDynamoDbClient, createStoreSender, type AwsClientKind } from '../../src/adapters/aws/clients.ts'
import { createDynamoDbStore, type Store } from '../../src/adapters/dynamodb/store.ts'
import { ensureTable } from '../../src/adapters/dynamodb/table.ts'

/** Tells the tables of this process from those of others on the same engine. */
export const RUN = `${process.pid}-${process.hrtime.bigint()}`

/** Makes stores on one engine, each on a table of its own; the caller calls `destroy` at the end. */
export function storesAt (endpoint: string, kind: AwsClientKind = 'direct'): { client: DynamoDBClient, create: () => Promise<Store>, destroy: () => void } {
  let count = 0
  const client = createDynamoDbClient(5_000, { endpoint })
  const sender = createStoreSender(client, 5_000, kind)
  return {
    client,
    async create () {
      const tableName = `contract-${kind}-${RUN}-${++count}`
      await ensureTable(client, tableName)
      return createDynamoDbStore({ client: sender, tableName, timeoutMs: 5_000 })
    },
    destroy: sender.destroy
  }
}
