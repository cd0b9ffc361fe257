import { readFileSync } from 'node:fs'
import t from 'tap'
import { createSageMakerSimulator } from '../../src/simulators/sagemaker/server.ts'
import { startLocalService, startProgram } from './local-process.ts'

const HARMLESS = JSON.parse(readFileSync(new URL('../../examples/transaction-harmless.json', import.meta.url), 'utf8'))

t.test('a scorer outside the process: its score decides, and when it fails the named fallback', async (t) => {
  const simulator = createSageMakerSimulator({ region: 'eu-west-1', endpoints: { cards: () => 0.9 } })
  const endpoint = await simulator.listen({ port: 0 })
  t.teardown(simulator.close)
  const env = {
    AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: endpoint, AWS_REGION: 'eu-west-1', RINGFENCE_SCORER: 'sagemaker', RINGFENCE_SAGEMAKER_ENDPOINT: 'cards', RINGFENCE_SAGEMAKER_FEATURES: 'amount,merchant_id'
  }

  const service = await startLocalService(t, { dataDir: t.testdir(), env })
  t.match((await service.api('POST', '/v1/transactions', HARMLESS)).body, { outcome: 'fraud', score: 900, degraded: false, scorer: { name: 'sagemaker', model: 'cards', version: 'AllTraffic' } })
  t.match(simulator.invocations(), [{ body: '61.2,341-81-5775' }])
  simulator.setFault({ fault: 'ServiceUnavailable' })
  t.match((await service.api('POST', '/v1/transactions', { ...HARMLESS, transactionId: 'tx-2' })).body, { outcome: 'approve', degraded: true, reasons: ['scorer_failed', 'no_rule_matched'], scorer: { name: 'embedded', model: 'card-fraud' } })
  t.match(await service.api('GET', '/readyz'), { status: 200, body: { status: 'ready', checks: { scorer: 'degraded' } } })

  const alone = await startLocalService(t, { dataDir: t.testdir(), env: { ...env, RINGFENCE_SCORER_FALLBACK: 'investigate', RINGFENCE_MODEL: 'models/nowhere.json' } })
  simulator.setFault({ fault: 'ServiceUnavailable' })
  t.match((await alone.api('POST', '/v1/transactions', HARMLESS)).body, { outcome: 'investigate', score: null, degraded: true, reasons: ['scorer_failed'], scorer: null }, 'a model that nobody needs is not loaded')
})

t.test('a model that is needed and missing ends the start with its path', async (t) => {
  const child = startProgram(t, 'main', { env: { PORT: '0', RINGFENCE_SIMULATOR_PORT: '0', RINGFENCE_DATA_DIR: t.testdir(), RINGFENCE_MODEL: 'models/nowhere.json' } })
  t.match(await child.ended, { code: 1 })
  t.match(child.stderr(), 'models/nowhere.json')
})
