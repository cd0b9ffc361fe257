import { DescribeTimeToLiveCommand, ScanCommand, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb'
import type { Test } from 'tap'
import { createDynamoDbStore } from '../../src/adapters/dynamodb/store.ts'
import { ensureTable } from '../../src/adapters/dynamodb/table.ts'
import { RUN, storesAt } from '../contracts/dynamodb-stores.ts'
import { storeContracts } from '../contracts/store.ts'
import { findFreePort, startProgram, startSimulate, untilReady } from '../e2e/local-process.ts'
import { ADA, CHARLES, pay, payAgain, playStory, seeAnswer, stageAt } from '../e2e/story.ts'
import { ROOT } from './engine.ts'

const DAY_SECONDS = 86_400

/** What other tests show on the embedded engine, on the genuine one. */
export async function dynamoDbLocalTests (t: Test, endpoint: string): Promise<void> {
  for (const kind of ['direct', 'sdk'] as const) {
    await t.test(`the store on DynamoDB Local, called by the ${kind} client`, async (t) => {
      const { create, destroy } = storesAt(endpoint, kind)
      t.teardown(destroy)
      await storeContracts(t, create)
    })
  }

  await t.test('the store on DynamoDB Local', async (t) => {
    const { client, destroy } = storesAt(endpoint)
    t.teardown(destroy)

    await t.test('time to live can be switched on for the attribute that contact events carry, and they carry it in seconds to come', async (t) => {
      const tableName = `expiry-${RUN}`
      await ensureTable(client, tableName)
      const TimeToLiveSpecification = { AttributeName: 'expiresAt', Enabled: true }
      t.match(await client.send(new UpdateTimeToLiveCommand({ TableName: tableName, TimeToLiveSpecification })), { TimeToLiveSpecification })
      t.match((await client.send(new DescribeTimeToLiveCommand({ TableName: tableName }))).TimeToLiveDescription, { AttributeName: 'expiresAt', TimeToLiveStatus: /^ENABL(ED|ING)$/ })
      const { contactEvents } = createDynamoDbStore({ client, tableName, timeoutMs: 5_000 })
      const nowMs = Date.now()
      await contactEvents.record({ eventId: 'e1', contactId: 'c1', eventType: 'DISCONNECTED', receivedAtMs: nowMs, wasConnected: false })
      const { Items = [] } = await client.send(new ScanCommand({ TableName: tableName }))
      t.strictSame(Items.map((item) => item['expiresAt']), [{ N: String(Math.floor(nowMs / 1000) + 30 * DAY_SECONDS) }])
    })
  })

  await t.spawn(process.execPath, [...process.execArgv, `${ROOT}test/usecases/crash-safety.test.ts`], { env: { ...process.env, AWS_ENDPOINT_URL_DYNAMODB: endpoint } }, 'a process may die at any write to DynamoDB Local')

  await t.test('kill -9 right after an acknowledged payment: the next process on the same table asks the cardholder, once; then another one pays', async (t) => {
    const port = await findFreePort()
    const serviceUrl = `http://127.0.0.1:${port}`
    const simulators = await startSimulate(t, ['--connect-port', '0', '--fraud-detector-port', '0', '--sagemaker-port', '0', '--s3-port', '0', '--speed', '50', '--service-url', serviceUrl])
    const stage = stageAt(serviceUrl, simulators.connectUrl)
    const start = async () => {
      const service = startProgram(t, 'main', {
        env: {
          ...simulators.environment,
          PORT: String(port),
          AWS_ENDPOINT_URL_DYNAMODB: endpoint,
          RINGFENCE_TABLE: `story-${RUN}`,
          RINGFENCE_CREATE_TABLE: 'true',
          // A busy machine must not make this fail.
          RINGFENCE_MAX_LOOP_DELAY_MS: '0',
          RINGFENCE_SCORE_TIMEOUT_MS: '10000',
          RINGFENCE_STORE_TIMEOUT_MS: '20000',
          // The call is due two seconds later, so the first life certainly ends before it.
          RINGFENCE_LADDER: 'voice:2'
        }
      })
      await untilReady(service, serviceUrl)
      return service
    }
    const first = await start()
    const decision = await pay(t, stage, ADA, 2)
    first.kill('SIGKILL')
    t.match(await first.ended, { signal: 'SIGKILL' })

    const second = await start()
    await seeAnswer(t, stage, decision, 2)
    await payAgain(t, stage, ADA, 2)
    await playStory(t, stage, CHARLES, 1)
    second.kill('SIGTERM')
    t.strictSame(await second.ended, { code: 0, signal: null })
  })
}
