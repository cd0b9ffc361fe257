import { Aws, Duration, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib'
import { CfnScalableTarget, CfnScalingPolicy } from 'aws-cdk-lib/aws-applicationautoscaling'
import { Capability, CfnCluster, CfnService, ContainerImage, CpuArchitecture, FargateTaskDefinition, LinuxParameters, LogDriver, OperatingSystemFamily, Secret } from 'aws-cdk-lib/aws-ecs'
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import { acknowledge, acknowledgeWildcard } from './acknowledge.ts'
import { SERVICE_PORT, type FrontDoor } from './front-door.ts'
import { EMPTY_SUBNETS, type Network } from './network.ts'
import type { Parameters } from './parameters.ts'
import type { Secrets } from './secrets.ts'
import type { TaskRole } from './task-role.ts'

/** The service ends by itself before ECS ends it: a request or a call under way is finished first. */
const DRAIN_SECONDS = 25
const STOP_SECONDS = 30
const CPU_TARGET_PERCENT = 60
/** 50 a second: the other half of the reasons to grow, when tasks wait for AWS rather than compute. */
const REQUESTS_PER_TASK_AND_MINUTE = 3_000

export interface FargateServiceProps {
  parameters: Parameters
  network: Network
  frontDoor: FrontDoor
  secrets: Secrets
  taskRole: TaskRole
  /** What differs from the service's own defaults, besides the secrets; an empty text is no setting. */
  settings: Readonly<Record<string, string>>
}

/** The tasks on AWS Fargate, behind the load balancer. */
export class FargateService extends Construct {
  readonly clusterName: string
  readonly serviceName: string
  readonly logGroup: LogGroup
  private readonly executionRole: Role

  constructor (scope: Construct, id: string, props: FargateServiceProps) {
    super(scope, id)
    const { parameters, network, frontDoor } = props
    this.logGroup = new LogGroup(this, 'Logs', { retention: parameters.logRetentionDays, removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE })
    this.executionRole = this.createExecutionRole(parameters, props.secrets)
    const cluster = new CfnCluster(this, 'Cluster', { clusterSettings: [{ name: 'containerInsights', value: 'enabled' }] })
    const service = new CfnService(this, 'Service', {
      cluster: cluster.ref,
      launchType: 'FARGATE',
      platformVersion: '1.4.0',
      taskDefinition: this.defineTask(props).taskDefinitionArn,
      // No desired count: with one, every update of the stack would undo what the autoscaling has found out.
      availabilityZoneRebalancing: 'ENABLED',
      deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 200, deploymentCircuitBreaker: { enable: true, rollback: true } },
      healthCheckGracePeriodSeconds: 30,
      loadBalancers: [{ containerName: 'ringfence', containerPort: SERVICE_PORT, targetGroupArn: frontDoor.targetGroupArn }],
      networkConfiguration: { awsvpcConfiguration: { assignPublicIp: 'DISABLED', subnets: network.privateSubnetIds, securityGroups: [frontDoor.tasksSecurityGroup.attrGroupId] } },
      enableEcsManagedTags: true,
      propagateTags: 'SERVICE'
    })
    // ECS refuses a target group that no listener forwards to; and tasks that start before they may do their work would roll the stack back.
    service.node.addDependency(frontDoor.listener, props.taskRole.needed, this.executionRole)
    network.waitForWayOut(service)
    acknowledge(service, 'CloudFormation-Validate::E1154', EMPTY_SUBNETS)
    this.clusterName = cluster.ref
    this.serviceName = service.attrName
    this.growAndShrink(parameters, frontDoor)
  }

  private defineTask ({ parameters, secrets, taskRole, settings }: FargateServiceProps): FargateTaskDefinition {
    const task = new FargateTaskDefinition(this, 'Task', {
      family: Aws.STACK_NAME,
      cpu: parameters.cpu,
      memoryLimitMiB: parameters.memoryMiB,
      runtimePlatform: { operatingSystemFamily: OperatingSystemFamily.LINUX, cpuArchitecture: CpuArchitecture.of(parameters.architecture) },
      taskRole: taskRole.role,
      executionRole: this.executionRole.withoutPolicyUpdates()
    })
    acknowledge(task, 'AwsSolutions-ECS2', 'What must not be read stands in Secrets Manager; the API keys are hashes of 256 random bits, the rest is names and numbers.')
    const linuxParameters = new LinuxParameters(this, 'Linux', { initProcessEnabled: true })
    linuxParameters.dropCapabilities(Capability.ALL)
    task.addContainer('ringfence', {
      image: ContainerImage.fromRegistry(parameters.imageUri),
      user: '1000:1000',
      readonlyRootFilesystem: true,
      linuxParameters,
      portMappings: [{ containerPort: SERVICE_PORT }],
      environment: {
        NODE_ENV: 'production',
        RINGFENCE_MODE: 'service',
        HOST: '0.0.0.0',
        PORT: String(SERVICE_PORT),
        AWS_REGION: Aws.REGION,
        RINGFENCE_DOCS: 'false',
        // They ask for no key, and nobody collects them here.
        RINGFENCE_METRICS: 'false',
        RINGFENCE_DRAIN_SECONDS: String(DRAIN_SECONDS),
        ...settings
      },
      // ECS reads the secrets when a task starts; another revision makes other tasks.
      dockerLabels: { 'ringfence.secrets-revision': Fn.ref('SecretsRevision') },
      secrets: {
        RINGFENCE_TOKENISATION_KEY: Secret.fromSecretsManager(secrets.tokenisationKey),
        RINGFENCE_BRIDGE_SECRET: Secret.fromSecretsManager(secrets.bridgeSecret)
      },
      stopTimeout: Duration.seconds(STOP_SECONDS),
      // ECS does not look at the image's own HEALTHCHECK. Alive is enough here: a restart mends a process that hangs, and no store.
      healthCheck: {
        command: ['CMD', 'node', '-e', `fetch('http://127.0.0.1:${SERVICE_PORT}/livez').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))`],
        interval: Duration.seconds(30),
        timeout: Duration.seconds(5),
        retries: 3,
        startPeriod: Duration.seconds(15)
      },
      logging: LogDriver.awsLogs({ logGroup: this.logGroup, streamPrefix: 'ringfence' })
    })
    return task
  }

  /** What ECS itself may do before the service runs: fetch the image and the two secrets, and write the log. */
  private createExecutionRole (parameters: Parameters, { tokenisationKey, bridgeSecret }: Secrets): Role {
    const { account, partition } = Stack.of(this)
    const role = new Role(this, 'ExecutionRole', {
      description: 'Ringfence: what ECS does to start a task',
      assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': account } } })
    })
    const allow = (actions: string[], resources: string[]) => role.addToPolicy(new PolicyStatement({ effect: Effect.ALLOW, actions, resources }))
    allow(['ecr:GetAuthorizationToken'], ['*'])
    allow(['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'], [repositoryArn(parameters.imageUri, partition)])
    allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [this.logGroup.logGroupArn])
    allow(['secretsmanager:GetSecretValue'], [tokenisationKey.secretArn, bridgeSecret.secretArn])
    acknowledgeWildcard(role, '*', 'ecr:GetAuthorizationToken takes no resource.')
    return role
  }

  private growAndShrink (parameters: Parameters, frontDoor: FrontDoor): void {
    const target = new CfnScalableTarget(this, 'Scaling', {
      serviceNamespace: 'ecs',
      scalableDimension: 'ecs:service:DesiredCount',
      resourceId: `service/${this.clusterName}/${this.serviceName}`,
      minCapacity: parameters.minTasks,
      maxCapacity: parameters.maxTasks
    })
    const follow = (name: string, targetValue: number, metric: CfnScalingPolicy.PredefinedMetricSpecificationProperty) => new CfnScalingPolicy(this, name, {
      policyName: name,
      policyType: 'TargetTrackingScaling',
      scalingTargetId: target.ref,
      targetTrackingScalingPolicyConfiguration: { targetValue, predefinedMetricSpecification: metric, scaleInCooldown: 300, scaleOutCooldown: 60 }
    })
    follow('FollowCpu', CPU_TARGET_PERCENT, { predefinedMetricType: 'ECSServiceAverageCPUUtilization' })
    follow('FollowRequests', REQUESTS_PER_TASK_AND_MINUTE, {
      predefinedMetricType: 'ALBRequestCountPerTarget', resourceLabel: `${frontDoor.loadBalancerName}/${frontDoor.targetGroupName}`
    })
  }
}

/** From `<account>.dkr.ecr.<region>.amazonaws.com/<name>:<tag>` or `…@<digest>`. */
function repositoryArn (imageUri: string, partition: string): string {
  const host = Fn.split('.', imageUri)
  const withoutDigest = Fn.select(0, Fn.split('@', Fn.select(1, Fn.split('.amazonaws.com/', imageUri))))
  return `arn:${partition}:ecr:${Fn.select(3, host)}:${Fn.select(0, host)}:repository/${Fn.select(0, Fn.split(':', withoutDigest))}`
}
