import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import type { Customer } from '../../domain/customer.ts'
import type { CustomerStore } from '../../ports.ts'
import { fromItem, itemKey, marshallKey, toItem } from './item.ts'
import { storeCall, type DynamoDbStoreOptions } from './store-call.ts'

/** Cardholders, one item each; the last PUT stands. */
export function createDynamoDbCustomerStore ({ client, tableName, timeoutMs }: DynamoDbStoreOptions): CustomerStore {
  return {
    async get (customerId) {
      const { Item } = await storeCall(timeoutMs, (options) => client.send(new GetItemCommand({
        TableName: tableName, Key: marshallKey(itemKey('CUSTOMER', customerId)), ConsistentRead: true
      }), options))
      return Item && fromItem<Customer>(Item)
    },

    async put (customer) {
      await storeCall(timeoutMs, (options) => client.send(new PutItemCommand({
        TableName: tableName, Item: toItem(itemKey('CUSTOMER', customer.customerId), customer)
      }), options))
    }
  }
}
