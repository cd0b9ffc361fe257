import { PutItemCommand } from '@aws-sdk/client-dynamodb'
import type { ContactEventStore } from '../../ports.ts'
import { toItem } from './item.ts'
import { conditionalWrite, type DynamoDbStoreOptions } from './store-call.ts'
import { notThereYet } from './version-condition.ts'

/** Amazon Connect's contact events, one item each under their contact. */
export function createDynamoDbContactEventStore ({ client, tableName, timeoutMs }: DynamoDbStoreOptions): ContactEventStore {
  return {
    async record (event) {
      await conditionalWrite(timeoutMs, (options) => client.send(new PutItemCommand({
        TableName: tableName,
        Item: toItem({ pk: `CONTACT#${event.contactId}`, sk: `EVENT#${event.eventId}` }, event),
        ...notThereYet
      }), options))
    }
  }
}
