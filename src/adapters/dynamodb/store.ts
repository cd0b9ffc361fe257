import { GetItemCommand } from '@aws-sdk/client-dynamodb'
import type { CardStore, CaseStore, CheckStore, ContactEventStore, CustomerStore, DueIndex, LeaseStore, TransactionStore } from '../../ports.ts'
import { createDynamoDbCardStore } from './card-store.ts'
import { createDynamoDbCaseStore } from './case-store.ts'
import { createDynamoDbContactEventStore } from './contact-event-store.ts'
import { createDynamoDbCustomerStore } from './customer-store.ts'
import { createDynamoDbDueIndex } from './due-index.ts'
import { marshallKey } from './item.ts'
import { createDynamoDbLeaseStore } from './lease-store.ts'
import { storeCall, type DynamoDbStoreOptions } from './store-call.ts'
import { createDynamoDbTransactionStore } from './transaction-store.ts'

/** Everything that is kept, in one table. */
export interface Store {
  cards: CardStore
  customers: CustomerStore
  transactions: TransactionStore
  cases: CaseStore
  dueIndex: DueIndex
  contactEvents: ContactEventStore
  leases: LeaseStore
  checkReady: CheckStore
}

/** The store on Amazon DynamoDB, or on any engine that speaks its protocol: single-item conditional writes, no scans. */
export function createDynamoDbStore (options: DynamoDbStoreOptions): Store {
  return {
    cards: createDynamoDbCardStore(options),
    customers: createDynamoDbCustomerStore(options),
    transactions: createDynamoDbTransactionStore(options),
    cases: createDynamoDbCaseStore(options),
    dueIndex: createDynamoDbDueIndex(options),
    contactEvents: createDynamoDbContactEventStore(options),
    leases: createDynamoDbLeaseStore(options),
    async checkReady () {
      const { client, tableName, timeoutMs } = options
      // A read like any other, so that it needs no permission of its own and fails for the same reasons.
      await storeCall(timeoutMs, (callOptions) => client.send(new GetItemCommand({
        TableName: tableName, Key: marshallKey({ pk: 'READY', sk: 'READY' })
      }), callOptions))
    }
  }
}
