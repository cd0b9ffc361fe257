import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { COUNTED_LINES } from '../lib/log-metrics.ts'
import { deployed } from './deployment.ts'
import { EVERYTHING_NEW } from './examples.ts'
import { readTemplate } from './template.ts'

const template = await readTemplate()
const { all, only, resources } = deployed(template, { ...EVERYTHING_NEW, AlarmEmail: 'ops@example.com' })
const SRC = new URL('../../src/', import.meta.url)

test('the lines that are counted are lines that the service writes, and have the fields that are counted by', async () => {
  const files = (await readdir(SRC, { recursive: true })).filter((name) => name.endsWith('.ts') && !name.startsWith('simulators'))
  const sources = await Promise.all(files.map(async (name) => await readFile(new URL(name, SRC), 'utf8')))
  for (const { message, or, ...line } of Object.values<{ message: string, or?: string, and?: string, by?: readonly string[] }>(COUNTED_LINES)) {
    const source = sources.find((text) => text.includes(`'${message}'`)) ?? assert.fail(`nobody writes "${message}"`)
    if (or !== undefined) assert.ok(sources.some((text) => text.includes(`'${or}'`)), `nobody writes "${or}"`)
    for (const [, field] of [line.and ?? '', ...line.by ?? []].join(' ').matchAll(/\$\.(\w+)/g)) assert.match(source, new RegExp(`\\b${field}\\b`), `"${message}" tells no ${field}`)
  }
})

test('each of those lines has its filter, and so has every error', () => {
  const patterns = all('AWS::Logs::MetricFilter').map(({ Properties }) => Properties['FilterPattern'] as string)
  assert.equal(patterns.length, Object.keys(COUNTED_LINES).length + 1)
  assert.ok(patterns.includes('{ $.level >= 50 }'))
  for (const { message, or = message } of Object.values<{ message: string, or?: string }>(COUNTED_LINES)) {
    assert.ok(patterns.some((pattern) => pattern.includes(`$.msg = "${message}"`) && pattern.includes(`$.msg = "${or}"`)), message)
  }
})

/** Where CloudWatch finds it, by which dimensions, what of it, from when on, how often of how many periods, and what it means that there is none. */
type Watched = [metric: string, dimensions: string, statistic: string, limit: string, periods: string, missing: string]

const LOAD_BALANCER = 'LoadBalancer=<FrontDoorLoadBalancer.LoadBalancerFullName>'
const TARGETS = `${LOAD_BALANCER} TargetGroup=<FrontDoorTargetGroup.TargetGroupFullName>`
const TASKS = 'ClusterName=<ServiceCluster> ServiceName=<Service.Name>'
const BRIDGE = 'FunctionName=the-bridge'

const WATCHED: Record<string, Watched> = {
  ServiceFails: ['AWS/ApplicationELB HTTPCode_Target_5XX_Count', TARGETS, 'Sum', '>= 10', '1 of 1 x 300 s', 'notBreaching'],
  LoadBalancerFails: ['AWS/ApplicationELB HTTPCode_ELB_5XX_Count', LOAD_BALANCER, 'Sum', '>= 10', '1 of 1 x 300 s', 'notBreaching'],
  SlowReplies: ['AWS/ApplicationELB TargetResponseTime', TARGETS, 'p99', '>= 1', '3 of 3 x 300 s', 'notBreaching'],
  UnhealthyTasks: ['AWS/ApplicationELB UnHealthyHostCount', TARGETS, 'Maximum', '>= 1', '3 of 5 x 60 s', 'notBreaching'],
  FewHealthyTasks: ['AWS/ApplicationELB HealthyHostCount', TARGETS, 'Minimum', '< 2', '5 of 5 x 60 s', 'breaching'],
  FewTasks: ['ECS/ContainerInsights RunningTaskCount', TASKS, 'Minimum', '< 2', '5 of 5 x 60 s', 'breaching'],
  BusyProcessors: ['AWS/ECS CPUUtilization', TASKS, 'Average', '>= 85', '3 of 3 x 300 s', 'notBreaching'],
  FullMemory: ['AWS/ECS MemoryUtilization', TASKS, 'Maximum', '>= 85', '3 of 3 x 300 s', 'notBreaching'],
  TableThrottles: ofTable('throttled', 'ThrottledRequests'),
  TableFails: ofTable('failed', 'SystemErrors'),
  BridgeFails: ['AWS/Lambda Errors', BRIDGE, 'Sum', '>= 1', '2 of 2 x 300 s', 'notBreaching'],
  BridgeThrottles: ['AWS/Lambda Throttles', BRIDGE, 'Sum', '>= 1', '1 of 1 x 300 s', 'notBreaching'],
  BridgeIsSlow: ['AWS/Lambda Duration', BRIDGE, 'p99', '>= 3000', '2 of 2 x 300 s', 'notBreaching'],
  LostContactEvents: ['AWS/SQS ApproximateNumberOfMessagesVisible', 'QueueName=<BridgeDeadLetters.QueueName>', 'Maximum', '>= 1', '1 of 1 x 300 s', 'notBreaching'],
  ContradictingAnswers: ['Ringfence/ringfence ContradictingAnswers', '', 'Sum', '>= 1', '1 of 1 x 300 s', 'notBreaching'],
  ScorerLeftAlone: ['Ringfence/ringfence ScorersLeftAlone', '', 'Sum', '>= 1', '1 of 1 x 300 s', 'notBreaching'],
  FallbackDecides: ['Ringfence/ringfence Degraded', '', 'Sum', '>= 5', '3 of 3 x 300 s', 'notBreaching'],
  ModelFindsLittle: ['Ringfence/ringfence ModelFindsLittle', '', 'Sum', '>= 3', '3 of 3 x 300 s', 'notBreaching'],
  ContactsNotStarted: ['Ringfence/ringfence ContactsNotStarted', '', 'Sum', '>= 5', '1 of 1 x 900 s', 'notBreaching'],
  DialerFails: ['Ringfence/ringfence DialerPassesFailed', '', 'Sum', '>= 1', '1 of 1 x 300 s', 'notBreaching'],
  WorkIsStuck: ['Ringfence/ringfence DueWorkFailed', '', 'Sum', '>= 3', '1 of 1 x 900 s', 'notBreaching'],
  Errors: ['Ringfence/ringfence Errors', '', 'Sum', '>= 10', '1 of 1 x 300 s', 'notBreaching']
}

/** DynamoDB counts these by the call, and only when there is something to count. */
function ofTable (id: string, metric: string): Watched {
  const operations = ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem', 'Query']
  return [
    operations.map(() => `AWS/DynamoDB ${metric}`).join(' '), operations.map((operation) => `Operation=${operation} TableName=<StoreTable>`).join(' '),
    `Sum ${operations.map((operation) => `FILL(${id}${operation}, 0)`).join(' + ')}`, '>= 10', '1 of 1 x 300 s', 'notBreaching'
  ]
}

test('each alarm looks at the metric that AWS or the log writes under that name, and goes off when it should', () => {
  const [functionId] = Object.entries(resources).find(([, { Type }]) => Type === 'AWS::Lambda::Function') ?? assert.fail()
  const made = deployed(template, EVERYTHING_NEW, { [`${functionId}.Arn`]: 'arn:aws:lambda:us-east-1:123456789012:function:the-bridge' })
  const watched: Record<string, Watched> = {}
  for (const [id, { Type, Properties }] of Object.entries(made.resources)) {
    if (Type !== 'AWS::CloudWatch::Alarm') continue
    const parts = (Properties['Metrics'] ?? []).filter(({ ReturnData }: { ReturnData: boolean }) => !ReturnData).map(({ MetricStat: { Metric, Period, Stat } }: { MetricStat: { Metric: object, Period: number, Stat: string } }) => ({ ...Metric, Period, Statistic: Stat }))
    const sum = (Properties['Metrics'] ?? []).find(({ ReturnData }: { ReturnData: boolean }) => ReturnData)?.Expression
    const metrics: Array<Record<string, any>> = sum === undefined ? [Properties] : parts
    const [{ Statistic, ExtendedStatistic, Period } = assert.fail(id)] = metrics
    watched[id.replace(/^Alarms|[0-9A-F]{8}$/g, '')] = [
      metrics.map(({ Namespace, MetricName }) => `${Namespace} ${MetricName}`).join(' '),
      metrics.flatMap(({ Dimensions = [] }) => Dimensions).map(({ Name, Value }) => `${Name}=${Value.replace(/[0-9A-F]{8}(?=[.>])/, '')}`).join(' '),
      [Statistic ?? ExtendedStatistic, ...sum === undefined ? [] : [sum]].join(' '),
      `${({ GreaterThanOrEqualToThreshold: '>=', LessThanThreshold: '<' } as Record<string, string>)[Properties['ComparisonOperator']]} ${Properties['Threshold']}`,
      `${Properties['DatapointsToAlarm']} of ${Properties['EvaluationPeriods']} x ${Period} s`,
      Properties['TreatMissingData']
    ]
  }
  assert.deepEqual(watched, WATCHED)
})

test('what the service alone counts is counted by a filter of this stack', () => {
  const counted = new Set(all('AWS::Logs::MetricFilter').map(({ Properties }) => `${Properties['MetricTransformations'][0].MetricNamespace} ${Properties['MetricTransformations'][0].MetricName}`))
  for (const [metric] of Object.values(WATCHED)) if (metric.startsWith('Ringfence/')) assert.ok(counted.has(metric), metric)
})

test('every alarm says what it means, and tells the topic when it begins and, if it can know that, when it is over', () => {
  const topic = `<${Object.keys(resources).find((id) => resources[id]?.Type === 'AWS::SNS::Topic') ?? ''}>`
  const alarms = all('AWS::CloudWatch::Alarm')
  assert.ok(alarms.length >= 20)
  for (const { Properties } of alarms) {
    assert.ok(Properties['AlarmDescription'].length > 20)
    // Both lines come once for each outage: that no other follows does not mean that it is over.
    const isSaidOnce = ['ScorersLeftAlone', 'DialerPassesFailed'].includes(Properties['MetricName'])
    assert.deepEqual([Properties['AlarmActions'], Properties['OKActions']], [[topic], isSaidOnce ? undefined : [topic]], Properties['MetricName'])
  }
})

test('CloudWatch may publish to the topic and use its key, of this account only', () => {
  const statements = [only('AWS::SNS::TopicPolicy').Properties['PolicyDocument'], only('AWS::KMS::Key').Properties['KeyPolicy']].flatMap(({ Statement }) => Statement)
    .filter(({ Principal }) => Principal.Service === 'cloudwatch.amazonaws.com')
  assert.deepEqual(statements.map(({ Effect, Action }) => [Effect, Action]), [['Allow', 'sns:Publish'], ['Allow', ['kms:Decrypt', 'kms:GenerateDataKey*']]])
  for (const { Condition } of statements) assert.deepEqual(Condition, { StringEquals: { 'aws:SourceAccount': '123456789012' } })
})

test('the dashboard is JSON that CloudWatch can read', () => {
  const { widgets } = JSON.parse(only('AWS::CloudWatch::Dashboard').Properties['DashboardBody'])
  assert.ok(widgets.length > 10)
})
