import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deployed } from './deployment.ts'
import { EVERYTHING_NEW } from './examples.ts'
import { readTemplate, type Template } from './template.ts'

const template = await readTemplate()
const given = (more: Record<string, string> = {}) => deployed(template, { ...EVERYTHING_NEW, HostedZoneId: 'Z0123456789ABCDEFGHIJ', ...more })
const { only, all } = given()

/** Without the digits that CDK ends an id with. */
const plain = (value: string) => value.replace(/[0-9A-F]{8}(?=[.>]|$)/, '')
const idsOf = (type: string, within: RegExp) => Object.entries(template.Resources).filter(([id, { Type }]) => Type === type && within.test(id)).map(([id]) => id)
/** What a resource refers to in its metadata when the VPC is new; where it is not, those things are not there. */
function waitsFor (type: string): string[] {
  const [, { Metadata } = assert.fail(type)] = Object.entries(template.Resources as Template['Resources']).find(([, { Type }]) => Type === type) ?? []
  const [condition, paths] = (Metadata as { WaitsFor?: { 'Fn::If': [string, Array<{ Ref: string }>, unknown] } } | undefined)?.WaitsFor?.['Fn::If'] ?? assert.fail(`${type} waits for nothing`)
  assert.equal(condition, 'CreateVpc')
  return paths.map(({ Ref }) => Ref).toSorted()
}
const pathsOf = (subnets: RegExp) => [...idsOf('AWS::EC2::Route', subnets), ...idsOf('AWS::EC2::SubnetRouteTableAssociation', subnets)].toSorted()

test('no task starts before its subnets have their way out, and no load balancer before its subnets have their way in', () => {
  for (const [type, subnets] of [['AWS::ECS::Service', /PrivateSubnet/], ['AWS::ElasticLoadBalancingV2::LoadBalancer', /PublicSubnet/]] as const) {
    const paths = pathsOf(subnets)
    assert.equal(paths.length, 4, 'a route and an association for each of two subnets')
    assert.deepEqual(waitsFor(type), paths, type)
  }
})

test('the service is made after the listener that forwards to its targets, and after what its tasks may do', () => {
  const after = [only('AWS::ECS::Service').DependsOn ?? []].flat().map(plain)
  for (const needed of ['FrontDoorListener', 'TaskRoleTable', 'ServiceExecutionRole', 'ServiceExecutionRoleDefaultPolicy']) assert.ok(after.includes(needed), `${needed}: ${after.join(' ')}`)
})

test('only a task that says 200 is given transactions, and one that leaves may answer what it has', () => {
  const { Matcher, Port, Protocol, TargetType, HealthCheckPath, HealthyThresholdCount, TargetGroupAttributes } = only('AWS::ElasticLoadBalancingV2::TargetGroup').Properties
  assert.deepEqual({ Matcher, Port, Protocol, TargetType, HealthCheckPath, HealthyThresholdCount }, {
    Matcher: { HttpCode: '200' }, Port: 3000, Protocol: 'HTTP', TargetType: 'ip', HealthCheckPath: '/readyz', HealthyThresholdCount: 2
  })
  assert.deepEqual(TargetGroupAttributes, [{ Key: 'deregistration_delay.timeout_seconds', Value: '30' }, { Key: 'load_balancing.algorithm.type', Value: 'least_outstanding_requests' }])
})

test('listener, service, record and autoscaling name the load balancer and its targets as each wants them', () => {
  const { LoadBalancerArn, DefaultActions } = only('AWS::ElasticLoadBalancingV2::Listener').Properties
  assert.deepEqual([plain(LoadBalancerArn), DefaultActions.map(({ Type, TargetGroupArn }: Record<string, string>) => [Type, plain(TargetGroupArn ?? '')])], ['<FrontDoorLoadBalancer>', [['forward', '<FrontDoorTargetGroup>']]])
  const [{ ContainerName, ContainerPort, TargetGroupArn }] = only('AWS::ECS::Service').Properties['LoadBalancers']
  assert.deepEqual([ContainerName, ContainerPort, plain(TargetGroupArn)], ['ringfence', 3000, '<FrontDoorTargetGroup>'])
  const { Name, Type, HostedZoneId, AliasTarget } = only('AWS::Route53::RecordSet').Properties
  assert.deepEqual([Name, Type, HostedZoneId], ['ringfence.example.com', 'A', 'Z0123456789ABCDEFGHIJ'])
  assert.deepEqual([plain(AliasTarget.DNSName), plain(AliasTarget.HostedZoneId)], ['<FrontDoorLoadBalancer.DNSName>', '<FrontDoorLoadBalancer.CanonicalHostedZoneID>'], "the alias names the load balancer's own zone")
  const labels = all('AWS::ApplicationAutoScaling::ScalingPolicy').flatMap(({ Properties }) => Properties['TargetTrackingScalingPolicyConfiguration'].PredefinedMetricSpecification.ResourceLabel ?? [])
  assert.deepEqual(labels.map((label: string) => label.split('/').map(plain)), [['<FrontDoorLoadBalancer.LoadBalancerFullName>', '<FrontDoorTargetGroup.TargetGroupFullName>']])
})

test('an internet-facing load balancer lets in the address of each NAT gateway, and each gateway has its own', () => {
  for (const NatGateways of ['1', '2']) {
    const made = given({ Exposure: 'internet-facing', NatGateways })
    const addresses = Object.entries(made.resources).filter(([, { Type }]) => Type === 'AWS::EC2::EIP').map(([id]) => id)
    assert.equal(addresses.length, Number(NatGateways))
    const admitted = made.all('AWS::EC2::SecurityGroupIngress').flatMap(({ Properties }) => Properties['CidrIp'] ?? [])
    assert.deepEqual(admitted.toSorted(), addresses.map((id) => `<${id}>/32`).toSorted())
    assert.deepEqual(made.all('AWS::EC2::NatGateway').map(({ Properties }) => Properties['AllocationId']).toSorted(), addresses.map((id) => `<${id}.AllocationId>`).toSorted())
  }
})
