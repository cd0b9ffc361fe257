import { Stack, type CfnCondition } from 'aws-cdk-lib'
import type { ITable } from 'aws-cdk-lib/aws-dynamodb'
import { type CfnPolicy, Effect, Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Construct, type IDependable } from 'constructs'
import { acknowledgeWildcard } from './acknowledge.ts'
import { arn } from './conditions.ts'
import type { Parameters } from './parameters.ts'

export interface TaskRoleProps {
  parameters: Parameters
  table: ITable
  indexNames: readonly string[]
  connectInstanceArn: string
  sms: { condition: CfnCondition, flowId: string }
  fraudDetector: { condition: CfnCondition, detectorId: string, eventTypeName: string }
  feedsBack: CfnCondition
  asksSageMaker: CfnCondition
}

/** What the running service may do: the calls that its adapters make, and no other. A test reads those calls from the source. */
export class TaskRole extends Construct {
  readonly role: Role
  /** What a task needs to become ready. */
  readonly needed: IDependable

  constructor (scope: Construct, id: string, props: TaskRoleProps) {
    super(scope, id)
    const { parameters, table, indexNames, connectInstanceArn, sms, fraudDetector, feedsBack, asksSageMaker } = props
    const { account, partition, region } = Stack.of(this)
    this.role = new Role(this, 'Role', {
      description: 'Ringfence: what the service may do',
      assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': account }, ArnLike: { 'aws:SourceArn': `arn:${partition}:ecs:${region}:${account}:*` } }
      })
    })

    this.needed = this.allow('Table', [
      [['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:Query'], [table.tableArn]],
      [['dynamodb:Query'], indexNames.map((name) => `${table.tableArn}/index/${name}`)]
    ])

    // The page of actions names no resource for StartOutboundVoiceContact, the Administrator Guide counts it among the actions of a contact
    // (Amazon Connect Administrator Guide, "Amazon Connect resource-level policy examples"). A contact has no id before it is made.
    const contacts = `${connectInstanceArn}/contact/*`
    const voice = this.allow('VoiceContacts', [[['connect:StartOutboundVoiceContact', 'connect:DescribeContact'], [contacts]]])
    const anyContact = `${JSON.stringify(Stack.of(this).resolve(connectInstanceArn))}/contact/*`
    acknowledgeWildcard(voice, anyContact, 'A contact has no id before it is made.')

    const text = this.allow('TextContacts', [[['connect:StartOutboundChatContact'], [
      connectInstanceArn, contacts, `${connectInstanceArn}/contact-flow/${sms.flowId}`, parameters.smsNumberArn
    ]]], sms.condition)
    acknowledgeWildcard(text, anyContact, 'A contact has no id before it is made.')

    const eventType = arn(this, 'frauddetector', `event-type/${fraudDetector.eventTypeName}`)
    const predictions = this.allow('Predictions', [[['frauddetector:GetEventPrediction'], [
      arn(this, 'frauddetector', `detector/${fraudDetector.detectorId}`), arn(this, 'frauddetector', `detector-version/${fraudDetector.detectorId}/*`), eventType
    ]]], fraudDetector.condition)
    acknowledgeWildcard(predictions, 'arn:<AWS::Partition>:frauddetector:<AWS::Region>:<AWS::AccountId>:detector-version/<DetectorName>/*', "The detector's versions change with its rules; the active one is asked.")
    this.allow('Feedback', [[['frauddetector:UpdateEventLabel'], [eventType]]], feedsBack)

    this.allow('Endpoint', [[['sagemaker:InvokeEndpoint'], [arn(this, 'sagemaker', `endpoint/${parameters.sageMakerEndpoint}`)]]], asksSageMaker)
  }

  private allow (name: string, statements: Array<[actions: string[], resources: string[]]>, when?: CfnCondition): Policy {
    const policy = new Policy(this, name, {
      roles: [this.role],
      statements: statements.map(([actions, resources]) => new PolicyStatement({ effect: Effect.ALLOW, actions, resources }))
    })
    if (when !== undefined) (policy.node.defaultChild as CfnPolicy).cfnOptions.condition = when
    return policy
  }
}
