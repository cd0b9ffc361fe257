import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { deployed } from './deployment.ts'
import { EVERYTHING_NEW } from './examples.ts'
import { readTemplate } from './template.ts'

const template = await readTemplate()
const { only, all, resources } = deployed(template, EVERYTHING_NEW)
const service = only('AWS::ECS::Service').Properties
const task = only('AWS::ECS::TaskDefinition').Properties
const container = task['ContainerDefinitions'][0]
const targets = only('AWS::ElasticLoadBalancingV2::TargetGroup').Properties
const loadBalancer = only('AWS::ElasticLoadBalancingV2::LoadBalancer').Properties
const securityGroup = (id: RegExp) => Object.entries(resources).find(([name, { Type }]) => Type === 'AWS::EC2::SecurityGroup' && id.test(name))?.[1].Properties ?? assert.fail(String(id))

test('at least two tasks run, more when there is more to do, and never more than was said', () => {
  const { Properties: target } = only('AWS::ApplicationAutoScaling::ScalableTarget')
  assert.deepEqual([Number(target['MinCapacity']), Number(target['MaxCapacity'])], [2, 6])
  assert.equal(service['DesiredCount'], undefined)
  assert.deepEqual(all('AWS::ApplicationAutoScaling::ScalingPolicy').map(({ Properties }) => Properties['TargetTrackingScalingPolicyConfiguration'].PredefinedMetricSpecification.PredefinedMetricType).sort(), ['ALBRequestCountPerTarget', 'ECSServiceAverageCPUUtilization'])
})

test('a release takes no task away before its successor answers, and one that does not start is taken back', () => {
  assert.deepEqual(service['DeploymentConfiguration'], { DeploymentCircuitBreaker: { Enable: true, Rollback: true }, MinimumHealthyPercent: 100, MaximumPercent: 200 })
  assert.equal(service['AvailabilityZoneRebalancing'], 'ENABLED')
  assert.equal(service['NetworkConfiguration'].AwsvpcConfiguration.AssignPublicIp, 'DISABLED')
})

test('the load balancer asks /readyz, and calls a task unhealthy only after a minute', () => {
  assert.equal(targets['HealthCheckPath'], '/readyz')
  assert.ok(targets['HealthCheckIntervalSeconds'] * targets['UnhealthyThresholdCount'] >= 60)
  // The store's deadline is 2 s: its "not ready" must arrive as such.
  assert.ok(targets['HealthCheckTimeoutSeconds'] > 2)
})

test('ECS asks /livez with what is in the image: the command tells a process that answers from one that does not', async () => {
  const [kind, program, ...args] = container.HealthCheck.Command as string[]
  assert.deepEqual([kind, program], ['CMD', 'node'])
  const asked: string[] = []
  let status = 200
  const server = createServer(({ url = '' }, response) => { asked.push(url); response.writeHead(status).end() }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const exitCode = async () => (await once(spawn(process.execPath, args.map((arg) => arg.replace(':3000/', `:${port}/`))), 'exit'))[0]
  assert.equal(await exitCode(), 0)
  status = 503
  assert.equal(await exitCode(), 1)
  server.close()
  await once(server, 'close')
  assert.equal(await exitCode(), 1)
  assert.deepEqual(asked, ['/livez', '/livez'])
})

test('the process is nobody in particular, writes to no disk of its own and has no capability', () => {
  assert.equal(container.User, '1000:1000')
  assert.equal(container.ReadonlyRootFilesystem, true)
  assert.deepEqual(container.LinuxParameters.Capabilities, { Drop: ['ALL'] })
  assert.equal(container.Privileged, undefined)
})

test('the two secrets are generated, come from Secrets Manager, stand nowhere in the settings, and outlive the stack', () => {
  assert.deepEqual(container.Secrets.map(({ Name }: { Name: string }) => Name), ['RINGFENCE_TOKENISATION_KEY', 'RINGFENCE_BRIDGE_SECRET'])
  const secrets = all('AWS::SecretsManager::Secret')
  assert.equal(secrets.length, 2)
  for (const { Properties, DeletionPolicy, UpdateReplacePolicy } of secrets) {
    assert.ok(Properties['GenerateSecretString'].PasswordLength >= 32)
    assert.deepEqual([DeletionPolicy, UpdateReplacePolicy], ['RetainExceptOnCreate', 'Retain'])
  }
  for (const { Name } of container.Environment) assert.doesNotMatch(Name, /SECRET|TOKENISATION/)
})

test('a changed secret is taken by new tasks when its revision is raised', () => {
  const labels = (SecretsRevision: string) => deployed(template, { ...EVERYTHING_NEW, SecretsRevision }).only('AWS::ECS::TaskDefinition').Properties['ContainerDefinitions'][0].DockerLabels
  assert.notDeepEqual(labels('1'), labels('2'))
})

test('callers come by HTTPS only', () => {
  const listeners = all('AWS::ElasticLoadBalancingV2::Listener').map(({ Properties }) => Properties)
  assert.deepEqual(listeners.map(({ Protocol, Port }) => [Protocol, Port]), [['HTTPS', 443]])
  assert.match(listeners[0]?.['SslPolicy'], /^ELBSecurityPolicy-TLS13-1-2-/)
})

test('the load balancer is internal unless it is said otherwise, drops odd headers and refuses to be deleted', () => {
  assert.equal(loadBalancer['Scheme'], 'internal')
  const attributes = Object.fromEntries(loadBalancer['LoadBalancerAttributes'].map(({ Key, Value }: { Key: string, Value: string }) => [Key, Value]))
  assert.deepEqual(attributes, {
    'deletion_protection.enabled': 'true', 'routing.http.drop_invalid_header_fields.enabled': 'true', 'routing.http.desync_mitigation_mode': 'strictest', 'access_logs.s3.enabled': 'false'
  })
})

test('each part reaches the next one and nothing else: callers the load balancer, that the tasks, those the APIs of AWS', () => {
  const ingress = (port: number) => all('AWS::EC2::SecurityGroupIngress').map(({ Properties }) => Properties).filter(({ ToPort }) => ToPort === port)
  assert.deepEqual(securityGroup(/^FrontDoorSecurityGroup/)['SecurityGroupIngress'].map(({ CidrIp, ToPort }: { CidrIp: string, ToPort: number }) => [CidrIp, ToPort]), [['10.0.0.0/8', 443]])
  const out = securityGroup(/^FrontDoorSecurityGroup/)['SecurityGroupEgress']
  assert.equal(out.length, 1)
  assert.match(out[0].DestinationSecurityGroupId, /FrontDoorTasksSecurityGroup/)
  assert.equal(securityGroup(/^FrontDoorTasks/)['SecurityGroupIngress'], undefined)
  assert.equal(ingress(3000).length, 1)
  assert.match(ingress(3000)[0]?.['SourceSecurityGroupId'], /FrontDoorSecurityGroup/)
  assert.match(ingress(443)[0]?.['SourceSecurityGroupId'], /BridgeSecurityGroup/)
  for (const { Properties } of all('AWS::EC2::SecurityGroup')) {
    // Without a rule of its own a group lets everything out.
    assert.ok(Properties['SecurityGroupEgress'].length > 0)
    for (const { IpProtocol, FromPort, ToPort } of Properties['SecurityGroupEgress']) assert.deepEqual([IpProtocol, FromPort], ['tcp', ToPort])
  }
})

test('what outlives the stack goes with a first creation that fails, but for the table, which refuses', () => {
  const kept = Object.values(resources).filter(({ DeletionPolicy = 'Delete' }) => DeletionPolicy !== 'Delete')
  assert.deepEqual(kept.map(({ Type, DeletionPolicy, UpdateReplacePolicy }) => [Type.slice('AWS::'.length), DeletionPolicy, UpdateReplacePolicy].join(' ')).toSorted(), [
    'Connect::Instance RetainExceptOnCreate Retain',
    'Connect::PhoneNumber RetainExceptOnCreate Retain',
    'DynamoDB::Table Retain Retain',
    'KMS::Key RetainExceptOnCreate Retain',
    'Logs::LogGroup RetainExceptOnCreate Retain',
    'Logs::LogGroup RetainExceptOnCreate Retain',
    'SecretsManager::Secret RetainExceptOnCreate Retain',
    'SecretsManager::Secret RetainExceptOnCreate Retain'
  ])
})

test('every log is kept for a time, and not for ever', () => {
  const groups = deployed(template, { ...EVERYTHING_NEW, LogRetentionDays: '30' }).all('AWS::Logs::LogGroup')
  assert.equal(groups.length, 4)
  for (const { Properties } of groups) assert.equal(Properties['RetentionInDays'], '30')
})
