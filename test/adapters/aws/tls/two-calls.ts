// Two calls by the direct client, to the endpoint that it is given: what Node trusts is read from the environment when a process starts.
import { GetItemCommand } from '@aws-sdk/client-dynamodb'
import { createDynamoDbClient, createStoreSender } from '../../../../src/adapters/aws/clients.ts'

const sender = createStoreSender(createDynamoDbClient(10_000, { endpoint: process.argv[2] ?? '' }), 10_000, 'direct')
for (let count = 0; count < 2; count++) await sender.send(new GetItemCommand({ TableName: 'ringfence', Key: { pk: { S: 'a' }, sk: { S: 'b' } } }))
sender.destroy()
