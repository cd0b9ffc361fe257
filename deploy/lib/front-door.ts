import { Fn, type CfnCondition } from 'aws-cdk-lib'
import { CfnSecurityGroup, CfnSecurityGroupIngress } from 'aws-cdk-lib/aws-ec2'
import { CfnListener, CfnLoadBalancer, CfnTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2'
import { CfnRecordSet } from 'aws-cdk-lib/aws-route53'
import { Construct } from 'constructs'
import { acknowledge } from './acknowledge.ts'
import { condition, either, isGiven } from './conditions.ts'
import { EMPTY_SUBNETS, type Network } from './network.ts'
import type { Parameters } from './parameters.ts'

/** The port that the service listens on. */
export const SERVICE_PORT = 3000
const HTTPS = { ipProtocol: 'tcp', fromPort: 443, toPort: 443 }
const TO_TASKS = { ipProtocol: 'tcp', fromPort: SERVICE_PORT, toPort: SERVICE_PORT }
/** Requests take milliseconds; after this long without a new one a target that leaves has answered all it was given. */
const DEREGISTRATION_SECONDS = 30

export interface FrontDoorProps {
  parameters: Parameters
  network: Network
}

/** The load balancer: HTTPS only, and nothing on port 80, for a key that came that way would be known already. */
export class FrontDoor extends Construct {
  readonly url: string
  /** The name that AWS gave it. */
  readonly dnsName: string
  readonly tasksSecurityGroup: CfnSecurityGroup
  private readonly securityGroup: CfnSecurityGroup
  readonly isPublic: CfnCondition
  readonly targetGroupArn: string
  readonly listener: CfnListener
  /** How CloudWatch and the autoscaling name the two. */
  readonly loadBalancerName: string
  readonly targetGroupName: string

  constructor (scope: Construct, id: string, { parameters, network }: FrontDoorProps) {
    super(scope, id)
    this.url = `https://${parameters.domainName}`
    this.isPublic = condition(this, 'IsInternetFacing', Fn.conditionEquals(parameters.exposure, 'internet-facing'))

    // Rules that stand in the group itself: one without any would let everything out until its first separate rule is there.
    this.tasksSecurityGroup = new CfnSecurityGroup(this, 'TasksSecurityGroup', {
      groupDescription: 'Ringfence: the tasks',
      vpcId: network.vpcId,
      // The VPC's own DNS and the task's credentials are link-local: no security group stands between.
      securityGroupEgress: [{ ipProtocol: 'tcp', fromPort: 443, toPort: 443, cidrIp: '0.0.0.0/0', description: 'The APIs of AWS' }]
    })
    this.securityGroup = new CfnSecurityGroup(this, 'SecurityGroup', {
      groupDescription: 'Ringfence: the load balancer',
      vpcId: network.vpcId,
      securityGroupIngress: [{ ...HTTPS, cidrIp: parameters.allowedCidr, description: 'Callers of the API' }],
      securityGroupEgress: [{ ...TO_TASKS, destinationSecurityGroupId: this.tasksSecurityGroup.attrGroupId, description: 'The tasks and nobody else' }]
    })
    new CfnSecurityGroupIngress(this, 'ToTasks', {
      groupId: this.tasksSecurityGroup.attrGroupId, ...TO_TASKS, sourceSecurityGroupId: this.securityGroup.attrGroupId, description: 'The load balancer and nobody else'
    })
    acknowledge(this.securityGroup, 'AwsSolutions-EC23', 'The addresses are a parameter that is 10.0.0.0/8 unless somebody says otherwise; every route asks for a key or a signature, but for /livez and /readyz, which tell whether process, store and scorer work, and /openapi.json, which is the published contract.')
    this.admitNatGateways(network)

    const loadBalancer = this.createLoadBalancer(parameters, network)
    const targetGroup = new CfnTargetGroup(this, 'TargetGroup', {
      vpcId: network.vpcId,
      targetType: 'ip',
      protocol: 'HTTP',
      port: SERVICE_PORT,
      // A store that hiccups makes every task "not ready" at once. The load balancer then sends to all of them, as if all were well; but ECS replaces what
      // is called unhealthy, so that is said only after 60 s: a task that lost its model or its way to the store is replaced, a hiccup replaces nobody.
      healthCheckPath: '/readyz',
      healthCheckIntervalSeconds: 10,
      healthCheckTimeoutSeconds: 5,
      healthyThresholdCount: 2,
      unhealthyThresholdCount: 6,
      matcher: { httpCode: '200' },
      targetGroupAttributes: [
        { key: 'deregistration_delay.timeout_seconds', value: String(DEREGISTRATION_SECONDS) },
        { key: 'load_balancing.algorithm.type', value: 'least_outstanding_requests' }
      ]
    })
    this.listener = new CfnListener(this, 'Listener', {
      loadBalancerArn: loadBalancer.ref,
      protocol: 'HTTPS',
      port: 443,
      sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-Res-2021-06',
      certificates: [{ certificateArn: parameters.certificateArn }],
      defaultActions: [{ type: 'forward', targetGroupArn: targetGroup.ref }]
    })

    this.targetGroupArn = targetGroup.ref
    this.dnsName = loadBalancer.attrDnsName
    this.loadBalancerName = loadBalancer.attrLoadBalancerFullName
    this.targetGroupName = targetGroup.attrTargetGroupFullName
    const record = new CfnRecordSet(this, 'Record', {
      name: parameters.domainName,
      type: 'A',
      hostedZoneId: parameters.hostedZoneId,
      aliasTarget: { dnsName: loadBalancer.attrDnsName, hostedZoneId: loadBalancer.attrCanonicalHostedZoneId, evaluateTargetHealth: false }
    })
    record.cfnOptions.condition = condition(this, 'CreateRecord', isGiven(parameters.hostedZoneId))
  }

  /** Lets the bridge in, by its security group: that is how it comes to an internal load balancer. */
  admit (bridgeSecurityGroupId: string): void {
    new CfnSecurityGroupIngress(this, 'FromBridge', {
      groupId: this.securityGroup.attrGroupId, ...HTTPS, sourceSecurityGroupId: bridgeSecurityGroupId, description: 'The bridge'
    })
  }

  /**
   * The name of an internet-facing load balancer leads to public addresses, from inside the VPC too, so that the bridge comes through the NAT gateways.
   * Those of a VPC that was there already are the deployer's to allow.
   */
  private admitNatGateways (network: Network): void {
    for (const [index, { address, exists }] of network.natAddresses.entries()) {
      const ingress = new CfnSecurityGroupIngress(this, `FromNatGateway${index + 1}`, {
        groupId: this.securityGroup.attrGroupId, ...HTTPS, cidrIp: `${address}/32`, description: 'The bridge, through the NAT gateway'
      })
      acknowledge(ingress, 'AwsSolutions-EC23', 'One address, of the NAT gateway that stands beside; the rule cannot read it before it is made.')
      ingress.cfnOptions.condition = condition(this, `AdmitNatGateway${index + 1}`, Fn.conditionAnd(this.isPublic, exists))
    }
  }

  private createLoadBalancer (parameters: Parameters, network: Network): CfnLoadBalancer {
    const writesAccessLogs = condition(this, 'WriteAccessLogs', isGiven(parameters.accessLogBucket))
    const loadBalancer = new CfnLoadBalancer(this, 'LoadBalancer', {
      type: 'application',
      scheme: parameters.exposure,
      ipAddressType: 'ipv4',
      subnets: network.loadBalancerSubnetIds,
      securityGroups: [this.securityGroup.attrGroupId],
      loadBalancerAttributes: [
        { key: 'deletion_protection.enabled', value: parameters.deletionProtection },
        { key: 'routing.http.drop_invalid_header_fields.enabled', value: 'true' },
        { key: 'routing.http.desync_mitigation_mode', value: 'strictest' },
        { key: 'access_logs.s3.enabled', value: either(writesAccessLogs, 'true', 'false') },
        Fn.conditionIf(writesAccessLogs.logicalId, { Key: 'access_logs.s3.bucket', Value: parameters.accessLogBucket }, { Ref: 'AWS::NoValue' })
      ]
    })
    network.waitForWayIn(loadBalancer)
    acknowledge(loadBalancer, 'CloudFormation-Validate::E1154', EMPTY_SUBNETS)
    acknowledge(loadBalancer, 'AwsSolutions-ELB2', 'Access logs are written when AccessLogBucket names a bucket; its policy is the business of whoever owns it.')
    return loadBalancer
  }
}
