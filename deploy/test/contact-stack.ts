import { App, CfnOutput, DefaultStackSynthesizer, Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { Bridge } from '../lib/bridge.ts'
import { ContactCenter } from '../lib/contact-center.ts'
import { FraudDetector } from '../lib/fraud-detector.ts'
import { createParameters } from '../lib/parameters.ts'
import { TextMessages } from '../lib/text-messages.ts'
import type { TemplateJson } from './deployment.ts'

export const SECRET_ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:bridge-AbCdEf'
export const INSTANCE_ARN = 'arn:aws:connect:us-east-1:123456789012:instance/1f3c7f0e-4b1d-4f0a-9a53-1c0d2e3f4a5b'
export const SMS_NUMBER_ARN = 'arn:aws:connect:us-east-1:123456789012:phone-number/0e6fd4b1-3a0f-4c1e-9b4c-7a1d3f5e8c22'

/** The constructs that touch Amazon Connect and Amazon Fraud Detector, in a stack of their own with the real parameters. */
export function contactStack (): Stack {
  const stack = new Stack(new App({ analyticsReporting: false, treeMetadata: false, builtinCloudFormationValidation: false }), 'Contact', {
    synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false })
  })
  const parameters = createParameters(stack)
  const bridge = new Bridge(stack, 'Bridge', {
    parameters,
    vpcId: 'vpc-0123456789abcdef0',
    subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
    serviceUrl: `https://${parameters.domainName}`,
    bridgeSecretArn: SECRET_ARN
  })
  const { functionArn: bridgeFunctionArn } = bridge.function
  const contactCenter = new ContactCenter(stack, 'ContactCenter', { parameters, bridgeFunctionArn })
  const { instanceArn, bridgeAssociation } = contactCenter
  bridge.serve(instanceArn)
  bridge.checkAfter(contactCenter)
  const textMessages = new TextMessages(stack, 'TextMessages', { parameters, instanceArn, bridgeFunctionArn, bridgeAssociation })
  const fraudDetector = new FraudDetector(stack, 'FraudDetector', { parameters })

  for (const name of ['instanceId', 'instanceArn', 'voiceFlowId', 'sourcePhoneNumber'] as const) new CfnOutput(stack, name, { value: contactCenter[name] })
  for (const name of ['flowId', 'numberArn'] as const) new CfnOutput(stack, name, { value: textMessages[name], condition: textMessages.condition })
  for (const name of ['detectorId', 'eventTypeName', 'entityTypeName'] as const) new CfnOutput(stack, name, { value: fraudDetector[name], condition: fraudDetector.condition })
  return stack
}

/** Their template, as it is deployed. */
export function contactTemplate (): TemplateJson {
  return Template.fromStack(contactStack()).toJSON() as TemplateJson
}

/** The logical id of the one resource of a type whose id begins so. */
export function idOf (template: TemplateJson, start: string, type: string): string {
  const ids = Object.entries(template.Resources).filter(([id, resource]) => id.startsWith(start) && resource.Type === type).map(([id]) => id)
  if (ids.length !== 1) throw new Error(`${ids.length} resources of ${type} begin with ${start}`)
  return ids[0] ?? ''
}
