import { CfnOutput, DefaultStackSynthesizer, Fn, Stack, type App } from 'aws-cdk-lib'
import { acknowledge } from './acknowledge.ts'
import { Alarms } from './alarms.ts'
import { Bridge } from './bridge.ts'
import { condition, either } from './conditions.ts'
import { ContactCenter } from './contact-center.ts'
import { RingfenceDashboard } from './dashboard.ts'
import { FraudDetector } from './fraud-detector.ts'
import { FrontDoor } from './front-door.ts'
import { LogMetrics } from './log-metrics.ts'
import { metricsOf } from './metrics.ts'
import { EMPTY_SUBNETS, Network } from './network.ts'
import { createParameters, type Parameters } from './parameters.ts'
import { createRules } from './rules.ts'
import { Secrets } from './secrets.ts'
import { FargateService } from './fargate-service.ts'
import { RingfenceTable } from './table.ts'
import { TaskRole } from './task-role.ts'
import { TextMessages } from './text-messages.ts'

/** Everything that Ringfence needs in one AWS account and region, as one template that asks for what differs. */
export function createRingfenceStack (app: App): Stack {
  const stack = new Stack(app, 'Ringfence', {
    description: 'Ringfence: screens card transactions, rings the cardholder through Amazon Connect and blocks the card.',
    // No account and no region, no assets, no bootstrap: one file that anybody can deploy.
    synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false })
  })
  // Both stand at the parameters and the outputs, which have no construct of their own for the validator.
  acknowledge(stack, 'CloudFormation-Validate::W1030', 'Empty parameters stand for what is not used: a condition takes the other branch, or a rule of the template asks for more.')
  acknowledge(stack, 'CloudFormation-Validate::W1001', 'The references stand in a branch that is taken only where their target is made; a test follows every one of them, with every choice.')
  const parameters = createParameters(stack)
  createRules(stack, parameters)

  const network = new Network(stack, 'Network', { parameters })
  const { table, indexNames } = new RingfenceTable(stack, 'Store')
  const secrets = new Secrets(stack, 'Secrets')
  const frontDoor = new FrontDoor(stack, 'FrontDoor', { parameters, network })

  const bridge = new Bridge(stack, 'Bridge', {
    parameters, vpcId: network.vpcId, subnetIds: network.privateSubnetIds, serviceUrl: frontDoor.url, bridgeSecretArn: secrets.bridgeSecret.secretArn
  })
  acknowledge(bridge, 'CloudFormation-Validate::F3031', EMPTY_SUBNETS)
  frontDoor.admit(bridge.securityGroupId)
  const { functionArn: bridgeFunctionArn } = bridge.function
  const contactCenter = new ContactCenter(stack, 'ContactCenter', { parameters, bridgeFunctionArn })
  const { instanceArn, bridgeAssociation } = contactCenter
  bridge.serve(instanceArn)
  const sms = new TextMessages(stack, 'TextMessages', { parameters, instanceArn, bridgeFunctionArn, bridgeAssociation })

  const fraudDetector = new FraudDetector(stack, 'FraudDetector', { parameters })
  const asksSageMaker = condition(stack, 'AsksSageMaker', Fn.conditionEquals(parameters.scorer, 'sagemaker'))
  const feedsBack = condition(stack, 'FeedsBack', Fn.conditionAnd(fraudDetector.condition, Fn.conditionEquals(parameters.detectorFeedback, 'true')))

  const taskRole = new TaskRole(stack, 'TaskRole', { parameters, table, indexNames, connectInstanceArn: instanceArn, sms, fraudDetector, feedsBack, asksSageMaker })
  const service = new FargateService(stack, 'Service', {
    parameters,
    network,
    frontDoor,
    secrets,
    taskRole,
    settings: {
      RINGFENCE_TABLE: table.tableName,
      RINGFENCE_API_KEYS: parameters.apiKeys,
      RINGFENCE_INSTITUTION: parameters.institution,
      RINGFENCE_CONNECT_INSTANCE_ID: contactCenter.instanceId,
      RINGFENCE_CONNECT_FLOW_ID: contactCenter.voiceFlowId,
      RINGFENCE_CONNECT_SOURCE_NUMBER: contactCenter.sourcePhoneNumber,
      RINGFENCE_CONNECT_SMS_FLOW_ID: either(sms.condition, sms.flowId, ''),
      RINGFENCE_CONNECT_SMS_NUMBER_ARN: sms.numberArn,
      RINGFENCE_DIALER_RATE: parameters.callsPerSecond,
      RINGFENCE_MAX_LIVE_CALLS: parameters.maxLiveCalls,
      ...scorerSettings(parameters, fraudDetector),
      RINGFENCE_FRAUD_ABOVE: parameters.fraudAbove,
      RINGFENCE_INVESTIGATE_ABOVE: parameters.investigateAbove,
      RINGFENCE_INVESTIGATE_OPENS_CASE: parameters.investigateOpensCase,
      RINGFENCE_LADDER: parameters.ladder,
      RINGFENCE_CALLING_WINDOW: parameters.callingWindow,
      RINGFENCE_CASE_HOURS: parameters.caseHours,
      RINGFENCE_NOBODY_REACHED: parameters.nobodyReached,
      RINGFENCE_DEFAULT_LANGUAGE: parameters.defaultLanguage
    }
  })

  bridge.checkAfter(service)

  const metrics = metricsOf({ frontDoor, service, table, bridgeFunctionName: bridge.function.functionName, deadLetterQueueName: bridge.deadLetters.queueName })
  const lines = new LogMetrics(stack, 'LogMetrics', service.logGroup)
  const alarms = new Alarms(stack, 'Alarms', { parameters, metrics, lines })
  new RingfenceDashboard(stack, 'Dashboard', { metrics, lines, alarms })

  new CfnOutput(stack, 'Url', { value: frontDoor.url, description: 'Where the API is' })
  new CfnOutput(stack, 'LoadBalancerName', { value: frontDoor.dnsName, description: 'What DomainName must lead to when no record is made' })
  new CfnOutput(stack, 'TableName', { value: table.tableName, description: 'The table, which outlives the stack' })
  new CfnOutput(stack, 'LogGroup', { value: service.logGroup.logGroupName, description: 'What the service says' })
  new CfnOutput(stack, 'DeadLetters', { value: bridge.deadLetters.queueUrl, description: 'The queue of contact events that could not be delivered' })
  new CfnOutput(stack, 'ConnectInstance', { value: instanceArn, description: 'The instance of Amazon Connect' })
  new CfnOutput(stack, 'CallerId', { value: contactCenter.sourcePhoneNumber, description: 'The number that rings cardholders' })
  return stack
}

/** An empty text is no setting, so that one scorer's do not stand beside another's. */
function scorerSettings (parameters: Parameters, { condition: asksDetector, detectorId, eventTypeName, entityTypeName }: FraudDetector): Record<string, string> {
  return {
    RINGFENCE_SCORER: parameters.scorer,
    RINGFENCE_FD_DETECTOR: either(asksDetector, detectorId, ''),
    RINGFENCE_FD_EVENT_TYPE: either(asksDetector, eventTypeName, ''),
    RINGFENCE_FD_ENTITY_TYPE: either(asksDetector, entityTypeName, ''),
    RINGFENCE_FD_FEEDBACK: parameters.detectorFeedback,
    RINGFENCE_SAGEMAKER_ENDPOINT: parameters.sageMakerEndpoint,
    RINGFENCE_SAGEMAKER_FEATURES: parameters.sageMakerFeatures
  }
}
