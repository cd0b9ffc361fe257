import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import type { Card } from '../../domain/card.ts'
import type { CardStore } from '../../ports.ts'
import { fromItem, itemKey, marshallKey, toItem } from './item.ts'
import { storeCall, conditionalWrite, type DynamoDbStoreOptions } from './store-call.ts'
import { unlessWrittenSince } from './version-condition.ts'

/** Cards, one item each. */
export function createDynamoDbCardStore ({ client, tableName, timeoutMs }: DynamoDbStoreOptions): CardStore {
  return {
    async get (cardId) {
      const { Item } = await storeCall(timeoutMs, (options) => client.send(new GetItemCommand({
        TableName: tableName, Key: marshallKey(itemKey('CARD', cardId)), ConsistentRead: true
      }), options))
      return Item && fromItem<Card>(Item)
    },

    async save (card) {
      return await conditionalWrite(timeoutMs, (options) => client.send(new PutItemCommand({
        TableName: tableName,
        Item: toItem(itemKey('CARD', card.cardId), { ...card, version: card.version + 1 }),
        ...unlessWrittenSince(card.version)
      }), options))
    }
  }
}
