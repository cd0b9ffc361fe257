import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import type { Lease } from '../../domain/lease.ts'
import type { LeaseStore } from '../../ports.ts'
import { fromItem, itemKey, marshallKey, toItem } from './item.ts'
import { conditionalWrite, storeCall, type DynamoDbStoreOptions } from './store-call.ts'
import { unlessWrittenSince } from './version-condition.ts'

/** The lease of the dialer, one item. */
export function createDynamoDbLeaseStore ({ client, tableName, timeoutMs }: DynamoDbStoreOptions): LeaseStore {
  const key = itemKey('LEASE', 'dialer')
  return {
    async get () {
      const { Item } = await storeCall(timeoutMs, (options) => client.send(new GetItemCommand({
        TableName: tableName, Key: marshallKey(key), ConsistentRead: true
      }), options))
      return Item && fromItem<Lease>(Item)
    },

    async save (lease) {
      return await conditionalWrite(timeoutMs, (options) => client.send(new PutItemCommand({
        TableName: tableName, Item: toItem(key, { ...lease, version: lease.version + 1 }), ...unlessWrittenSince(lease.version)
      }), options))
    }
  }
}
