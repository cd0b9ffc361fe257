import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deployed } from './deployment.ts'
import { combinations, EVERYTHING_NEW, EXISTING_INSTANCE, EXISTING_NUMBER, EXISTING_VPC, SAGEMAKER, TEXT_MESSAGES } from './examples.ts'
import { refusals } from './refusals.ts'
import { readTemplate, type Template } from './template.ts'

const template = await readTemplate()

const CHOICES = combinations<Record<string, string>>(
  [{}, EXISTING_VPC],
  [{}, EXISTING_INSTANCE],
  [{}, EXISTING_NUMBER],
  [{}, TEXT_MESSAGES, { ...TEXT_MESSAGES, LexDigitUtterances: 'no' }],
  [{}, SAGEMAKER, { Scorer: 'frauddetector' }, { Scorer: 'frauddetector', FraudDetectorResources: 'existing', DetectorFeedback: 'true' }],
  [{ Exposure: 'internal' }, { Exposure: 'internet-facing', NatGateways: '2' }, { Exposure: 'internet-facing', HostedZoneId: 'Z0123456789ABCDEFGHIJ', AlarmEmail: 'ops@example.com', AccessLogBucket: 'logs' }]
).map((parts) => Object.assign({}, EVERYTHING_NEW, ...parts) as Record<string, string>)

test(`with each of ${CHOICES.length} combinations of what is made and what is there already, nothing refers to what is not made`, () => {
  for (const given of CHOICES) {
    assert.deepEqual(refusals(template, given), [], JSON.stringify(given))
    const { resources } = deployed(template, given)
    for (const [id, { DependsOn = [], Metadata }] of Object.entries(resources as Template['Resources'])) {
      for (const other of [DependsOn].flat()) assert.ok(other in resources, `${id} depends on ${other}: ${JSON.stringify(given)}`)
      for (const [, other] of JSON.stringify(branches(Metadata, given)).matchAll(/"Ref":"([^"]+)"/g)) assert.ok(other! in resources, `${id} waits for ${other}: ${JSON.stringify(given)}`)
    }
  }
})

test('what is there already is taken, and what is not is made', () => {
  for (const given of CHOICES) {
    const { all } = deployed(template, given)
    const count = (type: string) => all(type).length
    const isNewVpc = given['VpcId'] === undefined
    const message = JSON.stringify(given)
    assert.equal(count('AWS::EC2::VPC'), isNewVpc ? 1 : 0, message)
    assert.equal(count('AWS::EC2::Subnet'), isNewVpc ? 4 : 0, message)
    assert.equal(count('AWS::EC2::NatGateway'), isNewVpc ? Number(given['NatGateways'] ?? 1) : 0, message)
    assert.equal(count('AWS::EC2::EIP'), count('AWS::EC2::NatGateway'), message)
    assert.equal(count('AWS::EC2::VPCEndpoint'), isNewVpc ? 2 : 0, message)
    assert.equal(count('AWS::Connect::Instance'), given['ConnectInstanceArn'] === undefined ? 1 : 0, message)
    assert.equal(count('AWS::Connect::PhoneNumber'), given['SourcePhoneNumber'] === undefined ? 1 : 0, message)
    assert.equal(count('AWS::Connect::ContactFlow'), given['SmsNumberArn'] === undefined ? 1 : 2, message)
    assert.equal(count('AWS::Lex::Bot'), given['SmsNumberArn'] === undefined ? 0 : 1, message)
    assert.equal(count('AWS::FraudDetector::EventType'), given['Scorer'] === 'frauddetector' && given['FraudDetectorResources'] === undefined ? 1 : 0, message)
    assert.equal(count('AWS::Route53::RecordSet'), given['HostedZoneId'] === undefined ? 0 : 1, message)
    assert.equal(count('AWS::SNS::Subscription'), given['AlarmEmail'] === undefined ? 0 : 1, message)
    for (const always of ['AWS::ECS::Service', 'AWS::DynamoDB::Table', 'AWS::Lambda::Function', 'AWS::ElasticLoadBalancingV2::LoadBalancer']) assert.equal(count(always), 1, message)
  }
})

test('tasks, bridge and load balancer stand in the VPC that was named, in all of its subnets', () => {
  const { only, all } = deployed(template, { ...EVERYTHING_NEW, ...EXISTING_VPC })
  const privateSubnets = EXISTING_VPC['PrivateSubnetIds']?.split(',')
  assert.deepEqual(only('AWS::ECS::Service').Properties['NetworkConfiguration'].AwsvpcConfiguration.Subnets, privateSubnets)
  assert.deepEqual(only('AWS::Lambda::Function').Properties['VpcConfig'].SubnetIds, privateSubnets)
  assert.deepEqual(only('AWS::ElasticLoadBalancingV2::LoadBalancer').Properties['Subnets'], EXISTING_VPC['LoadBalancerSubnetIds']?.split(','))
  for (const { Properties } of [...all('AWS::EC2::SecurityGroup'), only('AWS::ElasticLoadBalancingV2::TargetGroup')]) assert.equal(Properties['VpcId'], EXISTING_VPC['VpcId'])
})

test('a new VPC has two availability zones, addresses of its own choice, and every private subnet a way out', () => {
  for (const NatGateways of ['1', '2']) {
    const { all, resources } = deployed(template, { ...EVERYTHING_NEW, NatGateways, VpcCidr: '10.9.0.0/16' })
    const subnets = all('AWS::EC2::Subnet').map(({ Properties }) => Properties)
    assert.equal(new Set(subnets.map(({ AvailabilityZone }) => AvailabilityZone)).size, 2)
    assert.deepEqual(subnets.map(({ CidrBlock }) => CidrBlock), [0, 1, 2, 3].map((index) => `10.9.0.0/16 cut into 4 of 10 bits[${index}]`))
    const gateways = all('AWS::EC2::Route').flatMap(({ Properties: { NatGatewayId } }) => NatGatewayId === undefined ? [] : [NatGatewayId.slice(1, -1)])
    assert.equal(gateways.length, 2)
    assert.equal(new Set(gateways).size, Number(NatGateways))
    for (const gateway of gateways) assert.equal(resources[gateway]?.Type, 'AWS::EC2::NatGateway')
  }
})

test('from the private subnets of a new VPC, table and image layers are reached without a NAT gateway', () => {
  const { all, resources } = deployed(template, EVERYTHING_NEW)
  const endpoints = all('AWS::EC2::VPCEndpoint').map(({ Properties }) => Properties)
  assert.deepEqual(endpoints.map(({ ServiceName }) => ServiceName).toSorted(), ['com.amazonaws.us-east-1.dynamodb', 'com.amazonaws.us-east-1.s3'])
  const privateTables = Object.keys(resources).filter((id) => resources[id]?.Type === 'AWS::EC2::RouteTable' && id.includes('PrivateSubnet'))
  assert.equal(privateTables.length, 2)
  for (const { VpcEndpointType, RouteTableIds } of endpoints) {
    assert.equal(VpcEndpointType, 'Gateway')
    for (const id of privateTables) assert.ok(RouteTableIds.includes(`<${id}>`))
  }
})

test('an internet-facing load balancer lets the bridge in by the addresses of the NAT gateways, an internal one by its security group alone', () => {
  const admitted = (given: Record<string, string>) => deployed(template, { ...EVERYTHING_NEW, ...given }).all('AWS::EC2::SecurityGroupIngress')
    .filter(({ Properties }) => Properties['ToPort'] === 443).map(({ Properties }) => Properties['CidrIp'] ?? 'a security group')
  assert.deepEqual(admitted({}), ['a security group'])
  assert.equal(admitted({ Exposure: 'internet-facing' }).length, 2)
  assert.equal(admitted({ Exposure: 'internet-facing', NatGateways: '2' }).length, 3)
  assert.deepEqual(admitted({ Exposure: 'internet-facing', ...EXISTING_VPC }), ['a security group'])
})

/** The branches of the one condition that metadata asks for. */
function branches (metadata: unknown, given: Record<string, string>): unknown {
  const waitsFor = (metadata as { WaitsFor?: { 'Fn::If': [string, unknown, unknown] } } | undefined)?.WaitsFor?.['Fn::If']
  if (waitsFor === undefined) return null
  assert.equal(waitsFor[0], 'CreateVpc')
  return given['VpcId'] === undefined ? waitsFor[1] : waitsFor[2]
}
