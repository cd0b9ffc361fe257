import t from 'tap'
import { dynamoDbLocalTests } from './dynamodb-local.ts'
import { missingEngine, openEngine, startDynamoDbLocal } from './engine.ts'
import { imageTests } from './image.ts'

/** The first build of the images installs all packages twice. */
const TIMEOUT_MS = 600_000

// One file, so that all of it shares one DynamoDB Local, and says once why it is skipped.
const missing = await missingEngine()
if (missing === undefined) {
  t.setTimeout(TIMEOUT_MS)
  t.jobs = 2
  const engine = await openEngine(t)
  const dynamoDb = await startDynamoDbLocal(engine)
  t.test('on genuine DynamoDB Local', { timeout: TIMEOUT_MS }, async (t) => { await dynamoDbLocalTests(t, dynamoDb.endpoint) })
  t.test('the image', { timeout: TIMEOUT_MS }, async (t) => { await imageTests(t, engine, dynamoDb.container) })
} else {
  t.plan(0, missing)
}
