import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CreateTableCommand, DescribeTableCommand, ResourceNotFoundException, type CreateTableCommandInput, type DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { EXPIRES_AT, ensureTable } from '../../src/adapters/dynamodb/table.ts'
import { deployed } from './deployment.ts'
import { EVERYTHING_NEW } from './examples.ts'
import { readTemplate } from './template.ts'

const { Properties, DeletionPolicy, UpdateReplacePolicy } = deployed(await readTemplate(), EVERYTHING_NEW).only('AWS::DynamoDB::Table')

/** What the service asks a local engine for. */
async function askedFor (): Promise<CreateTableCommandInput> {
  let input: CreateTableCommandInput | undefined
  const client = {
    async send (command: unknown) {
      if (command instanceof CreateTableCommand) input = command.input
      if (command instanceof DescribeTableCommand && input === undefined) throw new ResourceNotFoundException({ message: 'none', $metadata: {} })
      return { Table: { TableStatus: 'ACTIVE' } }
    }
  }
  await ensureTable(client as unknown as DynamoDBClient, 'any')
  return input ?? assert.fail('no table was asked for')
}

test('the table has the keys and the indexes that the service makes on a local engine', async () => {
  const asked = await askedFor()
  const byName = <T extends { AttributeName?: string | undefined }>(list: readonly T[] = []) => [...list].sort((a, b) => String(a.AttributeName).localeCompare(String(b.AttributeName)))
  const byIndex = <T extends { IndexName?: string | undefined }>(list: readonly T[] = []) => [...list].sort((a, b) => String(a.IndexName).localeCompare(String(b.IndexName)))
  assert.deepEqual(Properties['KeySchema'], asked.KeySchema)
  assert.deepEqual(byName(Properties['AttributeDefinitions']), byName(asked.AttributeDefinitions))
  assert.deepEqual(byIndex(Properties['GlobalSecondaryIndexes']), byIndex(asked.GlobalSecondaryIndexes))
  assert.equal(Properties['BillingMode'], asked.BillingMode)
})

test('the table forgets what is to expire, can be put back to any second, is encrypted, streams, and outlives the stack', () => {
  assert.deepEqual(Properties['TimeToLiveSpecification'], { AttributeName: EXPIRES_AT, Enabled: true })
  assert.equal(Properties['PointInTimeRecoverySpecification'].PointInTimeRecoveryEnabled, true)
  assert.equal(Properties['SSESpecification'].SSEEnabled, true)
  assert.equal(Properties['StreamSpecification'].StreamViewType, 'NEW_AND_OLD_IMAGES')
  assert.equal(Properties['DeletionProtectionEnabled'], true)
  assert.deepEqual([DeletionPolicy, UpdateReplacePolicy], ['Retain', 'Retain'])
})
