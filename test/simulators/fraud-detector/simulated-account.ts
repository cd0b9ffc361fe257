import { FraudDetectorClient, GetEventPredictionCommand, type GetEventPredictionCommandInput } from '@aws-sdk/client-frauddetector'
import { createFraudDetectorSimulator, type FraudDetectorSimulatorOptions } from '../../../src/simulators/fraud-detector/server.ts'
import type { SeededDetector } from '../../../src/simulators/fraud-detector/seed.ts'

interface Teardown { teardown: (end: () => unknown) => unknown }

/** A detector whose score is ten times the amount. */
export const SEED: SeededDetector = {
  detectorId: 'card_detector',
  eventTypeName: 'card_tx',
  variables: { transaction_amt: 'number', merchant: 'string', is_online: 'boolean' },
  model: { modelId: 'card_model', score: ({ variables }) => Number(variables['transaction_amt'] ?? 0) * 10 },
  rules: [
    { ruleId: 'high', expression: '$card_model_insightscore > 900', outcomes: ['fraud'] },
    { ruleId: 'medium', expression: '$card_model_insightscore > 700', outcomes: ['investigate', 'notify'] }
  ]
}

export const EVENT: GetEventPredictionCommandInput = {
  detectorId: 'card_detector',
  eventId: 'tx-1',
  eventTypeName: 'card_tx',
  entities: [{ entityType: 'customer', entityId: 'c1' }],
  eventTimestamp: '2026-11-22T10:00:00Z',
  eventVariables: { transaction_amt: '95', merchant: 'm-1' }
}

/** A running simulator and the genuine client for it; the client makes one attempt only. */
export async function startAccount (t: Teardown, options: Partial<FraudDetectorSimulatorOptions> = {}) {
  const simulator = createFraudDetectorSimulator({ region: 'eu-west-1', accountId: '123456789012', ...options })
  const endpoint = await simulator.listen({ port: 0 })
  const client = new FraudDetectorClient({ region: 'eu-west-1', endpoint, maxAttempts: 1, credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'test' } })
  t.teardown(async () => {
    client.destroy()
    await simulator.close()
  })
  return {
    simulator,
    endpoint,
    client,
    predict: (changes: Partial<GetEventPredictionCommandInput> = {}) => client.send(new GetEventPredictionCommand({ ...EVENT, ...changes }))
  }
}
