import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { COUNTED_LINES } from '../lib/log-metrics.ts'
import { deployed } from './deployment.ts'
import { asGiven, EVERYTHING_NEW } from './examples.ts'
import { readTemplate } from './template.ts'

const template = await readTemplate()
const { all, only, resources } = deployed(template, asGiven({ ...EVERYTHING_NEW, AlarmEmail: 'ops@example.com' }))
const SRC = new URL('../../src/', import.meta.url)

test('the lines that are counted are lines that the service writes, and have the fields that are counted by', async () => {
  const files = (await readdir(SRC, { recursive: true })).filter((name) => name.endsWith('.ts') && !name.startsWith('simulators'))
  const sources = await Promise.all(files.map(async (name) => await readFile(new URL(name, SRC), 'utf8')))
  for (const { message, ...line } of Object.values<{ message: string, and?: string, by?: readonly string[] }>(COUNTED_LINES)) {
    const source = sources.find((text) => text.includes(`'${message}'`)) ?? assert.fail(`nobody writes "${message}"`)
    for (const [, field] of [line.and ?? '', ...line.by ?? []].join(' ').matchAll(/\$\.(\w+)/g)) assert.match(source, new RegExp(`\\b${field}\\b`), `"${message}" tells no ${field}`)
  }
})

test('each of those lines has its filter, and so has every error', () => {
  const patterns = all('AWS::Logs::MetricFilter').map(({ Properties }) => Properties['FilterPattern'] as string)
  assert.equal(patterns.length, Object.keys(COUNTED_LINES).length + 1)
  assert.ok(patterns.includes('{ $.level >= 50 }'))
  for (const { message } of Object.values(COUNTED_LINES)) assert.ok(patterns.some((pattern) => pattern.includes(`$.msg = "${message}"`)), message)
})

test('alarms look at metrics of things that are made, and at counts of this stack', () => {
  const counted = new Set(all('AWS::Logs::MetricFilter').map(({ Properties }) => `${Properties['MetricTransformations'][0].MetricNamespace} ${Properties['MetricTransformations'][0].MetricName}`))
  for (const { Properties: { Namespace, MetricName, Dimensions, Metrics } } of all('AWS::CloudWatch::Alarm')) {
    if (Namespace === 'Ringfence/ringfence') assert.ok(counted.has(`${Namespace} ${MetricName}`), MetricName)
    const dimensions = Dimensions ?? (Metrics ?? []).flatMap(({ MetricStat }: { MetricStat?: { Metric: { Dimensions: unknown[] } } }) => MetricStat?.Metric.Dimensions ?? [])
    for (const { Name, Value } of dimensions) {
      if (Name === 'Operation') continue
      assert.ok((Value.slice(1, -1).split('.')[0] ?? '') in resources, `${MetricName}: ${Name} ${Value}`)
    }
  }
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

test('what must be there is missed when its metric is: tasks', () => {
  const missed = all('AWS::CloudWatch::Alarm').filter(({ Properties }) => Properties['TreatMissingData'] === 'breaching')
  assert.deepEqual(missed.map(({ Properties }) => [Properties['MetricName'], Properties['ComparisonOperator'], Properties['Threshold']]).sort(), [
    ['HealthyHostCount', 'LessThanThreshold', 2], ['RunningTaskCount', 'LessThanThreshold', 2]
  ])
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
