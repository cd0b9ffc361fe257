/** Stands in for Amazon Fraud Detector: every event gets the same score, and the rule and outcome that the parent names. */
import { runStub } from './stub-server.ts'

let prediction = predict('approve')

runStub('application/x-amz-json-1.1', (operation) => operation === 'GetEventPrediction'
  ? { counted: 'GetEventPrediction', body: prediction }
  : { counted: `unknown ${operation}`, status: 400, body: '{"__type":"UnknownOperationException"}' },
({ outcome }) => { if (typeof outcome === 'string') prediction = predict(outcome) })

function predict (outcome: string): string {
  return JSON.stringify({
    modelScores: [{
      modelVersion: { modelId: 'card_model', modelType: 'ONLINE_FRAUD_INSIGHTS', modelVersionNumber: '1.0' },
      scores: { card_model_insightscore: 249 }
    }],
    ruleResults: [{ ruleId: `rule_${outcome}`, outcomes: [outcome] }],
    externalModelOutputs: []
  })
}
