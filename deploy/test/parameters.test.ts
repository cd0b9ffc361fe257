import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EVERYTHING_NEW, EXISTING_INSTANCE, EXISTING_VPC, SAGEMAKER } from './examples.ts'
import { refusals } from './refusals.ts'
import { readTemplate } from './template.ts'

const template = await readTemplate()
const API_KEY = `{"name":"core","sha256":"${'0'.repeat(64)}","scopes":["cases:read","cards:write"]}`

test('every parameter stands in a group of the form, once', () => {
  const grouped = template.Metadata['AWS::CloudFormation::Interface'].ParameterGroups.flatMap(({ Parameters }) => Parameters)
  assert.deepEqual(grouped.sort(), Object.keys(template.Parameters).sort())
})

test('only what nobody could guess must be given', () => {
  const needed = Object.entries(template.Parameters).filter(([, { Default }]) => Default === undefined).map(([name]) => name)
  assert.deepEqual(needed.sort(), ['ApiKeys', 'CertificateArn', 'DomainName', 'ImageUri', 'Institution'])
  assert.deepEqual(refusals(template, EVERYTHING_NEW), [])
})

test('a parameter that says nothing of what it must be has no limits', () => {
  for (const [name, { AllowedPattern, AllowedValues, MinValue, ConstraintDescription }] of Object.entries(template.Parameters)) {
    assert.equal(ConstraintDescription !== undefined, (AllowedPattern ?? AllowedValues ?? MinValue) !== undefined, name)
  }
})

test('parameters that cannot be right are refused before a thing is made', () => {
  const wrong: Array<[name: string, value: string]> = [
    ['ImageUri', 'ringfence:0.1.0'],
    ['ImageUri', '123456789012.dkr.ecr.eu-central-1.amazonaws.com/ringfence'],
    ['DomainName', 'https://ringfence.example.com'],
    ['DomainName', 'localhost'],
    ['CertificateArn', 'arn:aws:iam::123456789012:server-certificate/old'],
    ['HostedZoneId', 'example.com'],
    ['Exposure', 'public'],
    ['AllowedCidr', '10.0.0.0/33'],
    ['AllowedCidr', ''],
    ['Institution', '?'],
    ['ApiKeys', '[]'],
    ['ApiKeys', 'rf_a-key-itself'],
    ['ApiKeys', '[{"sha256"}]'],
    ['ApiKeys', `[{"name":"core","sha256":"${'0'.repeat(63)}","scopes":["cases:read"]}]`],
    ['ApiKeys', `[{"name":"core","sha256":"${'0'.repeat(64)}","scopes":[]}]`],
    ['ApiKeys', `[{"name":"core","sha256":"${'0'.repeat(64)}"}]`],
    ['ApiKeys', `[${API_KEY}${API_KEY}]`],
    ['ApiKeys', `[${API_KEY},]`],
    ['MinTasks', '1'],
    ['MaxTasks', '1'],
    ['MaxTasks', '7'],
    ['TaskCpu', '500'],
    ['LogRetentionDays', '8'],
    ['AlarmEmail', 'nobody'],
    ['VpcId', 'default'],
    ['PrivateSubnetIds', 'subnet-0123456789abcdef0'],
    ['LoadBalancerSubnetIds', 'subnet-0123456789abcdef3'],
    ['PrivateSubnetIds', 'subnet-0123456789abcdef0,'],
    ['VpcCidr', '10.0.0.0/24'],
    ['NatGateways', '0'],
    ['ConnectInstanceArn', 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee'],
    ['SourcePhoneNumber', '18005550100'],
    ['SmsNumberArn', '+18005550100'],
    ['Scorer', 'magic'],
    ['DetectorName', 'Card Fraud'],
    ['SageMakerEndpoint', 'Card-Fraud'],
    ['CallsPerSecond', '0'],
    ['MaxLiveCalls', '0'],
    ['FraudAbove', '1001'],
    ['InvestigateAbove', '-1'],
    ['Ladder', 'letter:0'],
    ['Ladder', 'voice:0,'],
    ['CallingWindow', '8:00-21:00'],
    ['CaseHours', '721'],
    ['NobodyReached', 'call'],
    ['DefaultLanguage', 'fr']
  ]
  for (const [name, value] of wrong) {
    const [refusal = '', ...more] = refusals(template, { ...EVERYTHING_NEW, [name]: value })
    assert.ok(refusal.startsWith(`${name} must be `) && more.length === 0, `${name}=${value}: ${refusal}`)
  }
  for (const name of ['ImageUri', 'DomainName', 'CertificateArn', 'Institution', 'ApiKeys']) {
    const { [name]: _, ...others } = EVERYTHING_NEW
    assert.equal(refusals(template, others).length, 1, name)
  }
})

test('parameters that do not belong together are refused', () => {
  const wrong: Array<[given: Record<string, string>, refusal: RegExp]> = [
    [{ ...EXISTING_VPC, PrivateSubnetIds: '' }, /With VpcId, PrivateSubnetIds/],
    [{ ...EXISTING_VPC, LoadBalancerSubnetIds: '' }, /With VpcId, PrivateSubnetIds/],
    [{ ...EXISTING_VPC, VpcId: '' }, /need the VpcId/],
    [{ ConnectInstanceAlias: '' }, /ConnectInstanceAlias/],
    [{ ...SAGEMAKER, SageMakerEndpoint: '' }, /SageMakerEndpoint/],
    [{ ...SAGEMAKER, SageMakerFeatures: '' }, /SageMakerFeatures/],
    [{ MinTasks: '8' }, /With MinTasks 8, MaxTasks must be 8 or more/],
    [{ MinTasks: '3', MaxTasks: '2' }, /With MinTasks 3/],
    [{ MinTasks: '100', MaxTasks: '20' }, /With MinTasks 100/],
    [{ TaskCpu: '4096', TaskMemory: '1024' }, /With TaskCpu 4096/],
    [{ TaskCpu: '256', TaskMemory: '4096' }, /With TaskCpu 256/]
  ]
  for (const [given, refusal] of wrong) {
    const said = refusals(template, { ...EVERYTHING_NEW, ...given })
    assert.equal(said.length, 1, JSON.stringify(given))
    assert.match(said[0] ?? '', refusal)
  }
  for (const given of [EXISTING_VPC, EXISTING_INSTANCE, SAGEMAKER, { MinTasks: '6' }, { MinTasks: '8', MaxTasks: '100' }, { MaxTasks: '2' }, { ApiKeys: `[${API_KEY}, ${API_KEY}]` }, { TaskCpu: '256', TaskMemory: '512' }, { TaskCpu: '4096', TaskMemory: '8192' }]) {
    assert.deepEqual(refusals(template, { ...EVERYTHING_NEW, ...given }), [])
  }
})
