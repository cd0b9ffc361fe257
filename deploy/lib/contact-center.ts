import { Aws, CfnRule, Fn, RemovalPolicy } from 'aws-cdk-lib'
import { CfnContactFlow, CfnInstance, CfnIntegrationAssociation, CfnPhoneNumber } from 'aws-cdk-lib/aws-connect'
import { CfnLogGroup } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import { acknowledge } from './acknowledge.ts'
import { condition, either, isEmpty } from './conditions.ts'
import { flowContent } from './contact-flow.ts'
import type { Parameters } from './parameters.ts'

/** Why the validator may see an empty ARN or alias where none can be. */
export const EMPTY_IS_NOT_CHOSEN = 'The parameter is empty only where the stack makes the instance, and then the other branch is taken; a rule of the template asks for the alias.'

/** What the contact center is made for. */
export interface ContactCenterProps {
  parameters: Pick<Parameters, 'connectInstanceArn' | 'connectInstanceAlias' | 'sourcePhoneNumber' | 'phoneNumberCountry' | 'phoneNumberType' | 'logRetentionDays'>
  bridgeFunctionArn: string
}

/** The Amazon Connect instance, the number that calls, and the flow that a cardholder hears; instance and number may exist before. */
export class ContactCenter extends Construct {
  readonly instanceId: string
  readonly instanceArn: string
  /** The last part of the flow's ARN, as StartOutboundVoiceContact takes it. */
  readonly voiceFlowId: string
  /** The caller id, in E.164. */
  readonly sourcePhoneNumber: string
  /** By it the instance may invoke the bridge; a flow that names the bridge can only be published after it. */
  readonly bridgeAssociation: CfnIntegrationAssociation

  constructor (scope: Construct, id: string, { parameters, bridgeFunctionArn }: ContactCenterProps) {
    super(scope, id)
    const { connectInstanceArn, connectInstanceAlias, sourcePhoneNumber } = parameters
    const makesInstance = condition(this, 'CreateConnectInstance', isEmpty(connectInstanceArn))
    const claimsNumber = condition(this, 'ClaimPhoneNumber', isEmpty(sourcePhoneNumber))
    new CfnRule(this, 'InstanceIsNamed', {
      assertions: [{
        assert: Fn.conditionNot(Fn.conditionAnd(isEmpty(connectInstanceArn), isEmpty(connectInstanceAlias))),
        assertDescription: 'Give ConnectInstanceArn to use an instance, or ConnectInstanceAlias to name the one that is made.'
      }]
    })

    // Amazon Connect would make it by itself, and keep it for ever (Amazon Connect Administrator Guide, "Enable Amazon Connect flow logs in an Amazon CloudWatch log group").
    const logs = new CfnLogGroup(this, 'FlowLogs', { logGroupName: `/aws/connect/${connectInstanceAlias}`, retentionInDays: parameters.logRetentionDays })
    logs.cfnOptions.condition = makesInstance
    // The instance outlives the stack and goes on writing.
    logs.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)

    const instance = new CfnInstance(this, 'Instance', {
      identityManagementType: 'CONNECT_MANAGED',
      instanceAlias: connectInstanceAlias,
      attributes: {
        outboundCalls: true,
        // Nobody is asked to call in, and there is no flow that would answer.
        inboundCalls: false,
        // The flow switches its own log off while a name is spoken.
        contactflowLogs: true,
        contactLens: false
      }
    })
    instance.cfnOptions.condition = makesInstance
    instance.addResourceDependency(logs)
    // An instance holds 24 months of contact records and whatever else was built in it, and an account may make and delete only so many in 30 days.
    // Only a first creation that fails takes it away, so that the next try finds its alias free.
    instance.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
    this.instanceArn = either(makesInstance, instance.attrArn, connectInstanceArn)
    // The slash more gives even an empty parameter a second part: what a condition does not choose may be evaluated all the same.
    this.instanceId = either(makesInstance, instance.attrId, Fn.select(1, Fn.split('/', Fn.join('', [connectInstanceArn, '/']))))

    const number = new CfnPhoneNumber(this, 'Number', {
      targetArn: this.instanceArn,
      countryCode: parameters.phoneNumberCountry,
      type: parameters.phoneNumberType,
      description: 'Ringfence calls cardholders from this number'
    })
    number.cfnOptions.condition = claimsNumber
    // Another country or type replaces the number. Cardholders know the old one, and who releases a number may not get it back.
    number.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
    this.sourcePhoneNumber = either(claimsNumber, number.attrAddress, sourcePhoneNumber)

    this.bridgeAssociation = new CfnIntegrationAssociation(this, 'BridgeAssociation', {
      // The property is called an id and takes the ARN.
      instanceId: this.instanceArn,
      integrationType: 'LAMBDA_FUNCTION',
      integrationArn: bridgeFunctionArn
    })
    const flow = new CfnContactFlow(this, 'VoiceFlow', {
      instanceArn: this.instanceArn,
      name: `${Aws.STACK_NAME}-card-fraud`,
      type: 'CONTACT_FLOW',
      state: 'ACTIVE',
      description: 'Ringfence asks the cardholder about a card payment, by voice',
      content: flowContent('card-fraud.json', { BridgeLambdaArn: bridgeFunctionArn })
    })
    flow.addResourceDependency(this.bridgeAssociation)
    this.voiceFlowId = contactFlowId(flow)
    acknowledge(this, 'CloudFormation-Validate::W1030', EMPTY_IS_NOT_CHOSEN)
  }
}

/** The id in a flow's ARN, `arn:…:instance/<id>/contact-flow/<id>`. */
export function contactFlowId (flow: CfnContactFlow): string {
  return Fn.select(3, Fn.split('/', flow.attrContactFlowArn))
}
