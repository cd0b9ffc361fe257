import {
  CreateTableCommand, DescribeTableCommand, ResourceInUseException, ResourceNotFoundException, waitUntilTableExists,
  type CreateTableCommandInput, type DynamoDBClient
} from '@aws-sdk/client-dynamodb'

/** The due index: what must still be done, spread over shards, by due time. Sparse: only items that have work carry its keys. */
export const DUE_INDEX = { name: 'due', shard: 'dueShard', atMs: 'dueAtMs' } as const

/** Cases of one card, and cases of one status, newest first: case ids sort by time. */
export const CASES_BY_CARD_INDEX = { name: 'casesByCard', card: 'caseCardId', id: 'listedCaseId' } as const
export const CASES_BY_STATUS_INDEX = { name: 'casesByStatus', status: 'caseListStatus', id: 'listedCaseId' } as const

/**
 * When DynamoDB may delete the item, in Unix seconds; only contact events carry it. Time to live on this attribute is to be switched on by whoever
 * keeps the table (`aws dynamodb update-time-to-live`): without it nothing goes wrong, and events are kept for ever.
 * Source: Amazon DynamoDB Developer Guide, "Using time to live (TTL)".
 */
export const EXPIRES_AT = 'expiresAt'

const CREATE_WAIT_SECONDS = 60
/** A local engine has the table within milliseconds; the pauses grow to a second. */
const CREATE_PAUSE_SECONDS = 0.02

/** The one table: items by `pk` and `sk`, on demand, with three indexes that hold keys only. */
function tableDefinition (tableName: string): CreateTableCommandInput {
  return {
    TableName: tableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'S' },
      { AttributeName: DUE_INDEX.shard, AttributeType: 'S' },
      { AttributeName: DUE_INDEX.atMs, AttributeType: 'N' },
      { AttributeName: CASES_BY_CARD_INDEX.card, AttributeType: 'S' },
      { AttributeName: CASES_BY_STATUS_INDEX.status, AttributeType: 'S' },
      { AttributeName: CASES_BY_CARD_INDEX.id, AttributeType: 'S' }
    ],
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }, { AttributeName: 'sk', KeyType: 'RANGE' }],
    GlobalSecondaryIndexes: [
      keysOnlyIndex(DUE_INDEX.name, DUE_INDEX.shard, DUE_INDEX.atMs),
      keysOnlyIndex(CASES_BY_CARD_INDEX.name, CASES_BY_CARD_INDEX.card, CASES_BY_CARD_INDEX.id),
      keysOnlyIndex(CASES_BY_STATUS_INDEX.name, CASES_BY_STATUS_INDEX.status, CASES_BY_STATUS_INDEX.id)
    ]
  }
}

/** Creates the table unless it is there, and waits until it can be used; for local engines and tests. Time to live is left as it is: see `EXPIRES_AT`. */
export async function ensureTable (client: DynamoDBClient, tableName: string): Promise<void> {
  if (await tableExists(client, tableName)) return
  try {
    await client.send(new CreateTableCommand(tableDefinition(tableName)))
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error
  }
  await waitUntilTableExists({ client, maxWaitTime: CREATE_WAIT_SECONDS, minDelay: CREATE_PAUSE_SECONDS, maxDelay: 1 }, { TableName: tableName })
}

async function tableExists (client: DynamoDBClient, tableName: string): Promise<boolean> {
  try {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }))
    return Table?.TableStatus === 'ACTIVE'
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return false
    throw error
  }
}

function keysOnlyIndex (name: string, hash: string, range: string) {
  return {
    IndexName: name,
    KeySchema: [{ AttributeName: hash, KeyType: 'HASH' as const }, { AttributeName: range, KeyType: 'RANGE' as const }],
    Projection: { ProjectionType: 'KEYS_ONLY' as const }
  }
}
