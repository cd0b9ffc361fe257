import { PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb'
import type { ContactEvent, ContactEventStore, ContactOrigin } from '../../ports.ts'
import { fromItem, toItem } from './item.ts'
import { conditionalWrite, storeCall, type DynamoDbStoreOptions } from './store-call.ts'
import { EXPIRES_AT } from './table.ts'
import { notThereYet } from './version-condition.ts'

const ORIGIN = 'ORIGIN'
/** Longer than anybody looks at a contact; events of contacts that are not ours go the same way. */
const EVENT_LIFE_MS = 30 * 24 * 3_600_000

/** Amazon Connect's contacts: a partition each, with the attempt that started it and its events, an item each. */
export function createDynamoDbContactEventStore ({ client, tableName, timeoutMs }: DynamoDbStoreOptions): ContactEventStore {
  const partition = (contactId: string) => `CONTACT#${contactId}`

  return {
    async record (event) {
      await conditionalWrite(timeoutMs, (options) => client.send(new PutItemCommand({
        TableName: tableName,
        Item: toItem({ pk: partition(event.contactId), sk: `EVENT#${event.eventId}` }, event, { [EXPIRES_AT]: Math.floor((event.receivedAtMs + EVENT_LIFE_MS) / 1000) }),
        ...notThereYet
      }), options))
    },

    async bind (contactId, origin) {
      await storeCall(timeoutMs, (options) => client.send(new PutItemCommand({
        TableName: tableName,
        Item: toItem({ pk: partition(contactId), sk: ORIGIN }, origin)
      }), options))
    },

    async read (contactId) {
      // One page, 1 MB: a contact has a handful of events.
      const { Items = [] } = await storeCall(timeoutMs, (options) => client.send(new QueryCommand({
        TableName: tableName,
        KeyConditionExpression: 'pk = :contact',
        ExpressionAttributeValues: { ':contact': { S: partition(contactId) } },
        ConsistentRead: true
      }), options))
      const origin = Items.find(({ sk }) => sk?.S === ORIGIN)
      return {
        origin: origin && fromItem<ContactOrigin>(origin),
        events: Items.filter((item) => item !== origin).map((item) => fromItem<ContactEvent>(item, [EXPIRES_AT]))
      }
    }
  }
}
