import { Fn, RemovalPolicy, type CfnCondition, type CfnResource } from 'aws-cdk-lib'
import { CfnEntityType, CfnEventType, CfnLabel, CfnOutcome, CfnVariable } from 'aws-cdk-lib/aws-frauddetector'
import { Construct } from 'constructs'
import { acknowledge } from './acknowledge.ts'
import { condition } from './conditions.ts'
import type { Parameters } from './parameters.ts'

/**
 * The variables of the sample's event with their types, as `ringfence detector deploy` would make them: a variable is shared by all event types of an
 * account and keeps its type, and the command refuses one of another type.
 */
export const EVENT_VARIABLES = {
  transaction_amt: 'NUMERIC',
  transaction_adj_amt: 'NUMERIC',
  ip_address: 'IP_ADDRESS',
  email_address: 'EMAIL_ADDRESS',
  phone_number: 'PHONE_NUMBER',
  merchant_id: 'CATEGORICAL',
  billing_city: 'BILLING_CITY',
  billing_postal: 'BILLING_ZIP',
  billing_state: 'BILLING_STATE',
  currency: 'CURRENCY_CODE',
  cvv: 'CATEGORICAL',
  signature_image: 'CATEGORICAL',
  transaction_type: 'CATEGORICAL',
  transaction_env: 'CATEGORICAL',
  applicant_name: 'BILLING_NAME',
  billing_address: 'BILLING_ADDRESS_L1'
} as const
const LABELS = ['fraud', 'legit']
const OUTCOMES = ['approve', 'investigate', 'fraud']
const CLOSED = 'Amazon Fraud Detector has taken no new customers since 7 November 2025, and existing ones keep it. These resources are made only for an account that chooses this scorer; the default needs none of them.'

/** What of Amazon Fraud Detector is made. */
export interface FraudDetectorProps {
  parameters: Pick<Parameters, 'scorer' | 'fraudDetectorResources' | 'detectorName' | 'eventType' | 'entityType'>
}

/**
 * What an event of Amazon Fraud Detector is made of: variables, labels, entity type, event type, and the outcomes.
 *
 * The model and the detector are left to `ringfence detector deploy`. CloudFormation has no resource for a model, and a detector without one could only
 * judge by rules that somebody made up; active, it would take the place of the trained model that decides meanwhile (RINGFENCE_SCORER_FALLBACK), and an
 * update of the stack would put it back in the place of the trained one. The command takes what is made here for its own by the description, adds
 * what is missing (CloudFormation cannot switch on that events are stored), trains and activates; `ringfence detector destroy` clears all of it away.
 */
export class FraudDetector extends Construct {
  /** Whether Amazon Fraud Detector scores, with things of this stack or of others. */
  readonly condition: CfnCondition
  readonly detectorId: string
  readonly eventTypeName: string
  readonly entityTypeName: string

  constructor (scope: Construct, id: string, { parameters: { scorer, fraudDetectorResources, detectorName, eventType, entityType } }: FraudDetectorProps) {
    super(scope, id)
    this.detectorId = detectorName
    this.eventTypeName = eventType
    this.entityTypeName = entityType
    this.condition = condition(this, 'ScoreWithFraudDetector', Fn.conditionEquals(scorer, 'frauddetector'))
    const isMade = condition(this, 'CreateFraudDetectorResources', Fn.conditionAnd(this.condition, Fn.conditionEquals(fraudDetectorResources, 'create')))
    // By these words the command knows them.
    const description = `Made by ringfence for detector ${detectorName}`

    const made = <T extends CfnResource>(resource: T): T => {
      resource.cfnOptions.condition = isMade
      // An event type is deleted with its stored events and labels, from which models learn, and only after all that uses it.
      resource.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
      return resource
    }
    const variables = Object.entries(EVENT_VARIABLES).map(([name, variableType]) => made(new CfnVariable(this, `Variable-${name}`, {
      name,
      description,
      variableType,
      dataSource: 'EVENT',
      ...variableType === 'NUMERIC' ? { dataType: 'FLOAT', defaultValue: '0.0' } : { dataType: 'STRING', defaultValue: '<unknown>' }
    })))
    const labels = LABELS.map((name) => made(new CfnLabel(this, `Label-${name}`, { name, description })))
    for (const name of OUTCOMES) made(new CfnOutcome(this, `Outcome-${name}`, { name, description }))
    const entity = made(new CfnEntityType(this, 'EntityType', { name: entityType, description }))
    made(new CfnEventType(this, 'EventType', {
      name: eventType,
      description,
      entityTypes: [{ arn: entity.attrArn }],
      eventVariables: variables.map((variable) => ({ arn: variable.attrArn })),
      labels: labels.map((label) => ({ arn: label.attrArn }))
    }))
    acknowledge(this, 'CloudFormation-Validate::W3696', CLOSED)
  }
}
