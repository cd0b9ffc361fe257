import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { createDynamoDbClient } from '../../src/adapters/aws-clients.ts'
import { createDynamoDbStore, type Store } from '../../src/adapters/dynamodb/store.ts'
import { ensureTable } from '../../src/adapters/dynamodb/table.ts'

/** Tells the tables of this process from those of others on the same engine. */
export const RUN = `${process.pid}-${process.hrtime.bigint()}`

/** Makes stores on one engine, each on a table of its own; the caller destroys the client. */
export function storesAt (endpoint: string): { client: DynamoDBClient, create: () => Promise<Store> } {
  let count = 0
  const client = createDynamoDbClient(5_000, { endpoint })
  return {
    client,
    async create () {
      const tableName = `contract-${RUN}-${++count}`
      await ensureTable(client, tableName)
      return createDynamoDbStore({ client, tableName, timeoutMs: 5_000 })
    }
  }
}
