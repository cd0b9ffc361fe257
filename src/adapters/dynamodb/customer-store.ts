import { PutItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import type { Customer, OptOut } from '../../domain/customer.ts'
import type { Channel } from '../../domain/policy.ts'
import type { CustomerStore } from '../../ports.ts'
import { fromItem, itemKey, marshallKey, toItem } from './item.ts'
import { conditionalWrite, storeCall, type DynamoDbStoreOptions } from './store-call.ts'

const OPT_OUT = 'OPT_OUT#'
const TAKEN_BACK = ['takenBackAtMs', 'takenBackVia']

const neverSet = 'attribute_not_exists(pk)'
const inForce = 'attribute_exists(pk) AND attribute_not_exists(takenBackAtMs)'
const takenBack = 'attribute_exists(takenBackAtMs)'

/**
 * Cardholders, one item each; the last PUT stands. Beside it in the partition an item for each opt-out, which a PUT does not touch;
 * one that was taken back stays as a record.
 */
export function createDynamoDbCustomerStore ({ client, tableName, timeoutMs }: DynamoDbStoreOptions): CustomerStore {
  const optOutKey = (customerId: string, channel: Channel) => ({ pk: itemKey('CUSTOMER', customerId).pk, sk: `${OPT_OUT}${channel}` })

  return {
    async get (customerId) {
      const { pk, sk } = itemKey('CUSTOMER', customerId)
      // One page, 1 MB: a cardholder has one item and one for each channel.
      const { Items = [] } = await storeCall(timeoutMs, (options) => client.send(new QueryCommand({
        TableName: tableName, KeyConditionExpression: 'pk = :customer', ExpressionAttributeValues: { ':customer': { S: pk } }, ConsistentRead: true
      }), options))
      const item = Items.find((one) => one['sk']?.S === sk)
      if (item === undefined) return undefined
      const optOuts = Items.filter((one) => one['sk']?.S?.startsWith(OPT_OUT) === true && one['takenBackAtMs'] === undefined)
      return { ...fromItem<Customer>(item), optOuts: optOuts.map((one) => fromItem<OptOut>(one, TAKEN_BACK)) }
    },

    async put ({ optOuts: _optOuts, ...customer }) {
      await storeCall(timeoutMs, (options) => client.send(new PutItemCommand({
        TableName: tableName, Item: toItem(itemKey('CUSTOMER', customer.customerId), customer)
      }), options))
    },

    async optOut (customerId, optOut) {
      return await conditionalWrite(timeoutMs, (options) => client.send(new PutItemCommand({
        TableName: tableName, Item: toItem(optOutKey(customerId, optOut.channel), optOut), ConditionExpression: `${neverSet} OR ${takenBack}`
      }), options))
    },

    async takeBackOptOut (customerId, { channel, atMs, via }) {
      return await conditionalWrite(timeoutMs, (options) => client.send(new UpdateItemCommand({
        TableName: tableName,
        Key: marshallKey(optOutKey(customerId, channel)),
        UpdateExpression: 'SET takenBackAtMs = :atMs, takenBackVia = :via',
        ExpressionAttributeValues: { ':atMs': { N: String(atMs) }, ':via': { S: via } },
        ConditionExpression: inForce
      }), options))
    }
  }
}
