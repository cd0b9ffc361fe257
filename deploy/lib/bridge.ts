import { Aws, Fn, RemovalPolicy, SecretValue, Token } from 'aws-cdk-lib'
import { CfnSecurityGroup, SecurityGroup } from 'aws-cdk-lib/aws-ec2'
import { CfnRule } from 'aws-cdk-lib/aws-events'
import { CfnRole, Role } from 'aws-cdk-lib/aws-iam'
import { CfnAlias, CfnEventInvokeConfig, CfnFunction, CfnPermission, Function, Runtime, type IFunction } from 'aws-cdk-lib/aws-lambda'
import { CfnLogGroup } from 'aws-cdk-lib/aws-logs'
import { CfnQueue, CfnQueuePolicy } from 'aws-cdk-lib/aws-sqs'
import { Construct, type IDependable } from 'constructs'
import { transformSync } from 'esbuild'
import { acknowledge } from './acknowledge.ts'
import { arn } from './conditions.ts'
import { EMPTY_IS_NOT_CHOSEN } from './contact-center.ts'
import { readContactFlowFile } from './contact-flow.ts'
import type { Parameters } from './parameters.ts'

/** Amazon Connect waits 8 s for a function, its retries included (Administrator Guide, "Invoke Lambda functions"). */
const TIMEOUT_SECONDS = 7
/** What was not delivered for so long tells nothing any more: the watchdog has asked Amazon Connect itself long before. */
const EVENT_AGE_SECONDS = 3600
const DEAD_LETTER_SECONDS = 14 * 24 * 3600

/** Where the bridge stands, and where it leads. */
export interface BridgeProps {
  parameters: Pick<Parameters, 'logRetentionDays' | 'secretsRevision'>
  vpcId: string
  subnetIds: string[]
  /** Base URL of the service, `https://…`, as it is reached from the subnets. */
  serviceUrl: string
  /** The secret that the service has, too. */
  bridgeSecretArn: string
}

/** The Lambda function that carries the flow's answers and the contact events to the service, and brings back what is true. */
export class Bridge extends Construct {
  readonly function: IFunction
  /** The function's security group, for the service to let in. */
  readonly securityGroupId: string
  /** What could not be delivered; anything in it is worth a look. */
  readonly deadLetters: { queueUrl: string, queueName: string }
  private readonly queue: CfnQueue
  private readonly bridge: CfnFunction

  constructor (scope: Construct, id: string, { parameters, vpcId, subnetIds, serviceUrl, bridgeSecretArn }: BridgeProps) {
    super(scope, id)
    const securityGroup = new CfnSecurityGroup(this, 'SecurityGroup', {
      groupDescription: 'The bridge of Ringfence: out to the service over HTTPS, and nothing in',
      vpcId,
      securityGroupEgress: [{ ipProtocol: 'tcp', fromPort: 443, toPort: 443, cidrIp: '0.0.0.0/0', description: 'To the load balancer, wherever its name leads' }]
    })
    const logGroup = new CfnLogGroup(this, 'LogGroup', { retentionInDays: parameters.logRetentionDays })
    logGroup.applyRemovalPolicy(RemovalPolicy.DESTROY)
    const queue = new CfnQueue(this, 'DeadLetters', { messageRetentionPeriod: DEAD_LETTER_SECONDS, sqsManagedSseEnabled: true })
    acknowledge(queue, 'AwsSolutions-SQS3', 'It is itself the place for what could not be delivered.')
    this.deadLetters = { queueUrl: Fn.ref(queue.logicalId), queueName: queue.attrQueueName }

    const role = new CfnRole(this, 'Role', {
      description: 'The bridge of Ringfence: writes its log, stands in the VPC, and calls nothing of AWS',
      assumeRolePolicyDocument: policy([{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }]),
      policies: [{
        policyName: 'bridge',
        policyDocument: policy([
          { Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: logGroup.attrArn },
          // Lambda itself puts the event here when it gives up.
          { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: queue.attrArn },
          // These take no resource. Source: AWS Lambda Developer Guide, "Giving Lambda functions access to resources in an Amazon VPC".
          { Effect: 'Allow', Action: NETWORK_INTERFACE_ACTIONS, Resource: '*' },
          // They are for Lambda, which needs them to place the function, and not for the function's own code.
          {
            Effect: 'Deny',
            Action: NETWORK_INTERFACE_ACTIONS,
            Resource: '*',
            Condition: { ArnLike: { 'lambda:SourceFunctionArn': arn(this, 'lambda', 'function:*') } }
          }
        ])
      }]
    })

    acknowledge(role, 'AwsSolutions-IAM5[Resource::*]', 'EC2 takes no resource for the actions by which Lambda places a function in a VPC; the function itself is denied them.')

    const bridge = new CfnFunction(this, 'Function', {
      description: `Carries what Amazon Connect has to say to Ringfence (secrets ${Token.asString(parameters.secretsRevision)})`,
      runtime: Runtime.NODEJS_24_X.name,
      handler: 'index.handler',
      code: { zipFile: bridgeCode() },
      role: role.attrArn,
      timeout: TIMEOUT_SECONDS,
      // CPU comes with memory, 1,769 MB being one (Lambda Developer Guide, "Configure Lambda function memory"). The code needs 60 MB; the rest is
      // for the first TLS handshake, for which a cardholder waits in silence. No reserved concurrency: it would be taken out of an account's
      // quota, which is as small as 10 in a new one, and 10 calls at once need hardly more than one.
      memorySize: 512,
      architectures: ['arm64'],
      environment: {
        variables: {
          RINGFENCE_URL: serviceUrl,
          // Read when the stack is deployed, and encrypted at rest in the function's configuration. Read at run time it would be one dependency
          // and one network path more between a cardholder's key and the block, and the function would need a way to Secrets Manager.
          RINGFENCE_BRIDGE_SECRET: SecretValue.secretsManager(bridgeSecretArn).unsafeUnwrap()
        }
      },
      vpcConfig: { subnetIds, securityGroupIds: [securityGroup.attrGroupId] },
      loggingConfig: { logGroup: Fn.ref(logGroup.logicalId), logFormat: 'JSON', applicationLogLevel: 'INFO', systemLogLevel: 'WARN' }
    })
    // Events come asynchronously: Lambda takes them at once, and what the function throws is Lambda's to repeat, not EventBridge's.
    new CfnEventInvokeConfig(this, 'EventInvokeConfig', {
      functionName: Fn.ref(bridge.logicalId),
      qualifier: '$LATEST',
      maximumRetryAttempts: 2,
      maximumEventAgeInSeconds: EVENT_AGE_SECONDS,
      destinationConfig: { onFailure: { destination: queue.attrArn } }
    })
    this.securityGroupId = securityGroup.attrGroupId
    this.function = Function.fromFunctionAttributes(this, 'Made', {
      functionArn: bridge.attrArn,
      role: Role.fromRoleArn(this, 'MadeRole', role.attrArn, { mutable: false }),
      securityGroup: SecurityGroup.fromSecurityGroupId(this, 'MadeSecurityGroup', securityGroup.attrGroupId, { mutable: false }),
      sameEnvironment: true
    })
    this.queue = queue
    this.bridge = bridge
  }

  /** Lets an instance of Amazon Connect invoke the bridge, and brings its contact events. */
  serve (instanceArn: string): void {
    const permission = new CfnPermission(this, 'ConnectPermission', {
      action: 'lambda:InvokeFunction',
      functionName: this.bridge.attrArn,
      principal: 'connect.amazonaws.com',
      sourceAccount: Aws.ACCOUNT_ID,
      sourceArn: instanceArn
    })
    acknowledge(permission, 'CloudFormation-Validate::W1030', EMPTY_IS_NOT_CHOSEN)
    const rule = new CfnRule(this, 'ContactEvents', {
      description: 'What becomes of the contacts that Ringfence starts',
      eventPattern: {
        source: ['aws.connect'],
        'detail-type': ['Amazon Connect Contact Event'],
        detail: { eventType: [{ 'anything-but': 'CONTACT_DATA_UPDATED' }], initiationMethod: ['API'], instanceArn: [instanceArn] }
      },
      targets: [{
        id: 'Bridge',
        arn: this.bridge.attrArn,
        retryPolicy: { maximumEventAgeInSeconds: EVENT_AGE_SECONDS, maximumRetryAttempts: 20 },
        deadLetterConfig: { arn: this.queue.attrArn }
      }]
    })
    this.allow('ContactEventsPermission', rule, this.bridge.attrArn)
    new CfnQueuePolicy(this, 'DeadLettersPolicy', {
      queues: [Fn.ref(this.queue.logicalId)],
      policyDocument: policy([
        { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: this.queue.attrArn, Condition: { ArnEquals: { 'aws:SourceArn': rule.attrArn } } },
        { Effect: 'Deny', Principal: '*', Action: 'sqs:*', Resource: this.queue.attrArn, Condition: { Bool: { 'aws:SecureTransport': 'false' } } }
      ])
    })
  }

  /**
   * Goes the whole way to the service every five minutes with an event that tells nothing, and is taken and not kept. A bridge that can't reach the
   * service, or has another secret, is known by its failures before a cardholder meets it. And one that nobody invokes for weeks would lose its
   * network interfaces, and fail the first call after (Lambda Developer Guide, "Lambda function states": a function becomes idle).
   */
  checkAfter (service: IDependable): void {
    // By a name of its own: what the check cannot bring is not lost, and must not stand among the dead letters before what is.
    const name = Fn.ref(this.bridge.logicalId)
    const alias = new CfnAlias(this, 'CheckAlias', { functionName: name, functionVersion: '$LATEST', name: 'check', description: 'The same code; what fails is repeated by the next check' })
    const once = new CfnEventInvokeConfig(this, 'CheckInvokeConfig', { functionName: name, qualifier: 'check', maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 })
    once.addResourceDependency(alias)
    const rule = new CfnRule(this, 'Check', {
      description: 'Proves that the bridge reaches Ringfence',
      scheduleExpression: 'rate(5 minutes)',
      targets: [{
        id: 'Bridge',
        arn: alias.ref,
        input: JSON.stringify({ id: 'bridge-check', source: 'aws.connect', 'detail-type': 'Amazon Connect Contact Event', detail: { contactId: 'bridge-check', eventType: 'BRIDGE_CHECK' } }),
        retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 }
      }]
    })
    // Before the service is there, it could only fail.
    rule.node.addDependency(service, once)
    this.allow('CheckPermission', rule, alias.ref)
  }

  private allow (id: string, rule: CfnRule, functionName: string): void {
    new CfnPermission(this, id, { action: 'lambda:InvokeFunction', functionName, principal: 'events.amazonaws.com', sourceArn: rule.attrArn })
  }
}

const NETWORK_INTERFACE_ACTIONS = ['ec2:CreateNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets', 'ec2:DeleteNetworkInterface', 'ec2:AssignPrivateIpAddresses', 'ec2:UnassignPrivateIpAddresses']

/** The bridge as CommonJS: CloudFormation puts inline code into `index.js`, which Node.js takes for that (CloudFormation, "AWS::Lambda::Function Code"). */
export function bridgeCode (): string {
  return transformSync(readContactFlowFile('bridge/index.mjs'), { loader: 'js', format: 'cjs', platform: 'node', target: 'node24' }).code
}

function policy (statements: object[]): object {
  return { Version: '2012-10-17', Statement: statements }
}
