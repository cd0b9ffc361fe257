import { CfnResource, Fn, RemovalPolicy, Token, type CfnCondition } from 'aws-cdk-lib'
import { CfnEIP, CfnNatGateway, CfnRoute, CfnSubnet, CfnSubnetRouteTableAssociation, FlowLogTrafficType, FlowLogDestination, GatewayVpcEndpointAwsService, IpAddresses, SubnetType, Vpc, type CfnVPC, type ISubnet } from 'aws-cdk-lib/aws-ec2'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import { condition, isEmpty } from './conditions.ts'
import type { Parameters } from './parameters.ts'

const PUBLIC = 'Public'
const PRIVATE = 'Private'
/** Four subnets of a /22 each: as much as a VPC of a /20 holds. */
const SUBNETS = 4
const SUBNET_HOST_BITS = '10'

/** Why the validator may see empty subnets where none can be. */
export const EMPTY_SUBNETS = 'The lists of subnets are empty only when VpcId is, and then the subnets of the new VPC are taken; a rule of the template asks for them.'

export interface NetworkProps {
  parameters: Parameters
}

/** The VPC that was named or else a new one: two availability zones, a public and a private subnet in each. */
export class Network extends Construct {
  readonly vpcId: string
  /** Where tasks and the bridge run. */
  readonly privateSubnetIds: string[]
  readonly loadBalancerSubnetIds: string[]
  readonly isNew: CfnCondition
  /** What the world sees of the private subnets of the new VPC: the addresses of its NAT gateways, and when each is there. */
  readonly natAddresses: ReadonlyArray<{ address: string, exists: CfnCondition }>

  private readonly created: Vpc

  constructor (scope: Construct, id: string, { parameters }: NetworkProps) {
    super(scope, id)
    this.isNew = condition(this, 'CreateVpc', isEmpty(parameters.vpcId))
    const hasTwoNats = condition(this, 'CreateSecondNatGateway', Fn.conditionAnd(this.isNew, Fn.conditionEquals(parameters.natGateways, '2')))

    const created = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr('10.86.0.0/16'),
      maxAzs: 2,
      natGateways: 2,
      subnetConfiguration: [{ name: PUBLIC, subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: false }, { name: PRIVATE, subnetType: SubnetType.PRIVATE_WITH_EGRESS }],
      // It would take a function of CDK's own, and nothing here is in the default security group.
      restrictDefaultSecurityGroup: false,
      // Both are free: the table's traffic, and the layers of the image, which come from S3, pass no NAT gateway.
      gatewayEndpoints: { DynamoDb: { service: GatewayVpcEndpointAwsService.DYNAMODB }, S3: { service: GatewayVpcEndpointAwsService.S3 } }
    })
    created.addFlowLog('Refused', {
      trafficType: FlowLogTrafficType.REJECT,
      destination: FlowLogDestination.toCloudWatchLogs(new LogGroup(created, 'FlowLogs', { retention: parameters.logRetentionDays, removalPolicy: RemovalPolicy.DESTROY }))
    })
    spreadAddresses(created, parameters.vpcCidr)
    for (const one of created.node.findAll()) {
      if (one instanceof CfnResource) one.cfnOptions.condition = this.isNew
    }
    this.natAddresses = shareNatGateway(created, this.isNew, hasTwoNats)

    this.created = created
    const either = (createdIds: string[], givenIds: string[]) => Token.asList(Fn.conditionIf(this.isNew.logicalId, createdIds, givenIds))
    this.privateSubnetIds = either(created.privateSubnets.map(({ subnetId }) => subnetId), Fn.split(',', parameters.privateSubnetIds))
    this.loadBalancerSubnetIds = either(created.publicSubnets.map(({ subnetId }) => subnetId), Fn.split(',', parameters.loadBalancerSubnetIds))
    this.vpcId = Fn.conditionIf(this.isNew.logicalId, created.vpcId, parameters.vpcId).toString()
  }

  /** Keeps something of the private subnets from being made before they reach AWS: a task would fail for want of its image, and roll the stack back. */
  waitForWayOut (resource: CfnResource): void {
    this.waitFor(resource, this.created.privateSubnets)
  }

  /** Keeps something of the public subnets from being made before the internet reaches them. */
  waitForWayIn (resource: CfnResource): void {
    this.waitFor(resource, this.created.publicSubnets)
  }

  /**
   * DependsOn takes no resource that may not be there. Metadata may refer to one under its condition, and is waited for as any reference is
   * (cloudonaut, "Optional DependsOn with CloudFormation").
   */
  private waitFor (resource: CfnResource, subnets: ISubnet[]): void {
    const paths = subnets.flatMap(({ node }) => node.findAll()).filter((one) => one instanceof CfnRoute || one instanceof CfnSubnetRouteTableAssociation)
    resource.addMetadata('WaitsFor', Fn.conditionIf(this.isNew.logicalId, paths.map(({ ref }) => ref), 'nothing'))
  }
}

/** CDK cuts the subnets when it synthesises; here CloudFormation does, out of the block that was asked for. */
function spreadAddresses (vpc: Vpc, cidr: string): void {
  (vpc.node.defaultChild as CfnVPC).cidrBlock = cidr
  const blocks = Fn.cidr(cidr, SUBNETS, SUBNET_HOST_BITS)
  const subnets = [...vpc.publicSubnets, ...vpc.privateSubnets].map(({ node }) => node.defaultChild as CfnSubnet)
  for (const [index, subnet] of subnets.entries()) subnet.cidrBlock = Fn.select(index, blocks)
}

/** Without a second NAT gateway the second private subnet goes out through the first. */
function shareNatGateway (vpc: Vpc, isNew: CfnCondition, hasTwoNats: CfnCondition) {
  const resources = vpc.node.findAll()
  const [address, secondAddress] = resources.filter((one) => one instanceof CfnEIP)
  const [nat, secondNat] = resources.filter((one) => one instanceof CfnNatGateway)
  const routes = vpc.privateSubnets.flatMap(({ node }) => node.findAll().filter((one) => one instanceof CfnRoute))
  const secondRoute = routes[1]
  if (!address || !secondAddress || !nat || !secondNat || !secondRoute) throw new Error('The VPC has not the two NAT gateways that it was asked for.')
  secondAddress.cfnOptions.condition = hasTwoNats
  secondNat.cfnOptions.condition = hasTwoNats
  secondRoute.natGatewayId = Fn.conditionIf(hasTwoNats.logicalId, secondNat.ref, nat.ref).toString()
  return [{ address: address.ref, exists: isNew }, { address: secondAddress.ref, exists: hasTwoNats }]
}
