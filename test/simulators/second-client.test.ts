import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { startSimulators } from '../../src/simulators/simulate.ts'

/** A start of Python or of the AWS CLI on a machine that does much else. */
const PATIENCE_MS = 120_000
const SCRIPT = fileURLToPath(new URL('second-client.py', import.meta.url))
const { variables } = JSON.parse(readFileSync(new URL('../../examples/transaction.json', import.meta.url), 'utf8'))
const NAMES = {
  instanceId: '1f3c7f0e-4b1d-4f0a-9a53-1c0d2e3f4a5b',
  contactFlowId: 'voice-flow',
  sourcePhoneNumber: '+18005550100',
  region: 'eu-central-1',
  smsFlowId: 'sms-flow',
  smsNumberArn: 'arn:aws:connect:eu-central-1:123456789012:phone-number/n-1'
}

interface Finished { code: number | null, stdout: string, stderr: string }

/** Runs a program to its end, without this machine's AWS settings; `undefined` when there is no such program. */
async function run (command: string, args: readonly string[], input = ''): Promise<Finished | undefined> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(AWS_|PYTHON)/.test(name)))
  const child: ChildProcess = spawn(command, args, {
    signal: AbortSignal.timeout(PATIENCE_MS), killSignal: 'SIGKILL', env: { ...env, AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null', AWS_EC2_METADATA_DISABLED: 'true', AWS_ACCESS_KEY_ID: 'AKIATEST', AWS_SECRET_ACCESS_KEY: 'test', AWS_PAGER: '' }
  })
  child.stdin?.on('error', () => {}).end(input)
  const absent = new Promise<undefined>((resolve) => { child.once('error', () => { resolve(undefined) }) })
  const finished = Promise.all([once(child, 'close'), child.stdout === null ? '' : text(child.stdout), child.stderr === null ? '' : text(child.stderr)])
    .then(([[code], stdout, stderr]) => ({ code, stdout, stderr }))
  finished.catch(() => {})
  return await Promise.race([absent, finished])
}

async function start (t: Test) {
  const { smsFlowId, smsNumberArn, ...names } = NAMES
  const running = await startSimulators({
    ...names,
    sms: { contactFlowId: smsFlowId, sourceNumberArn: smsNumberArn },
    host: '127.0.0.1',
    publicHosts: [],
    ports: { connect: 0, fraudDetector: 0, sageMaker: 0, s3: 0, dynamoDb: undefined },
    dataDir: undefined,
    flowPath: undefined,
    // Nobody is there: no phone is picked up, and so nobody is asked for.
    serviceUrl: 'http://127.0.0.1:9',
    publicServiceUrl: 'http://127.0.0.1:9',
    bridgeSecret: 'a-secret-that-nobody-ever-asks-for',
    apiKey: 'rf_local',
    speed: 1,
    trainingMs: 0,
    quotas: { callsPerSecond: 0, activeCalls: 10, activeChats: 500, predictionsPerSecond: 0 },
    logger: pino({ level: 'silent' })
  })
  t.teardown(running.close)
  return running
}

const python = (await run('python3', ['-c', 'import boto3']))?.code === 0
const cli = (await run('aws', ['--version']))?.code === 0
const none = !python && !cli

t.test(none ? 'neither boto3 nor the AWS CLI is on this machine: no second client has talked to the simulators' : 'a second client talks to the simulators', { skip: none, timeout: 3 * PATIENCE_MS }, async t => {
  t.test('boto3 gets from every simulator what it knows of AWS', { skip: python ? false : 'python3 has no boto3' }, async t => {
    const { urls } = await start(t)
    const finished = await run('python3', [SCRIPT], JSON.stringify({ ...NAMES, urls, variables }))
    t.equal(finished?.code, 0, finished?.stderr ?? 'it did not end in time')
    const results = JSON.parse(finished?.stdout ?? '')

    const contactId = results.voice.ContactId
    t.match(contactId, /^[0-9a-f-]{36}$/)
    t.strictSame(results.voiceAgain, { ContactId: contactId }, 'one call for one ClientToken')
    t.match(results.describe, { Contact: { Id: contactId, InitiationMethod: 'API', Channel: 'VOICE', CustomerEndpoint: { Type: 'TELEPHONE_NUMBER', Address: '+4915112345678' }, InitiationTimestamp: /^20\d\d-/ } })
    t.strictSame(results.update, {})
    t.strictSame(results.attributes, { Attributes: { Name: "O'Neil & Sons ü", CardNo: '8788', Answer: 'fraud' } })
    t.match(results.chat, { ContactId: /^[0-9a-f-]{36}$/ })
    t.match(results.unknownFlow, { error: 'ResourceNotFoundException', status: 404 })
    t.match(results.noNumber, { error: 'InvalidParameterException', status: 400, message: /DestinationPhoneNumber/ })
    t.strictSame(results.stop, {})
    t.match(results.stopAgain, { error: 'ContactNotFoundException', status: 410 })

    t.strictSame(results.setUp, [{}, {}, {}, {}, {}, {}])
    t.match(results.rule, { rule: { detectorId: 'second', ruleId: 'high', ruleVersion: '1' } })
    t.match(results.version, { detectorId: 'second', detectorVersionId: '1', status: 'DRAFT' })
    t.strictSame(results.activate, {})
    t.match(results.high, { ruleResults: [{ ruleId: 'high', outcomes: ['deny'] }] })
    t.match(results.low, { ruleResults: [] })
    t.strictSame(results.label, {})
    t.match(results.event, { event: { eventId: 'event-1', currentLabel: 'stolen', eventVariables: { amount: '100.5' } } })
    t.match(results.seeded, { modelScores: [{ modelVersion: { modelId: 'sample_model' }, scores: { sample_model_insightscore: Number } }], ruleResults: [{ outcomes: ['fraud'] }] })
    t.match(results.unknownDetector, { error: 'ResourceNotFoundException', status: 400 })

    t.match(results.invoke, { ContentType: /^text\/csv/, InvokedProductionVariant: 'AllTraffic', Body: /^0\.\d+\n$/ })
    t.match(results.unreadable, { error: 'ModelError', status: 424 })
    t.match(results.unknownEndpoint, { error: 'ValidationError', status: 400 })

    t.notOk('error' in results.bucket)
    t.match(results.put, { ETag: /^"[0-9a-f]{32}"$/ })
    t.match(results.get, { Body: 'amount,label\n1,ü\n', ContentLength: 18 })
    t.match(results.list, { KeyCount: 1, Contents: [{ Key: 'a folder/data.csv', Size: 18 }] })
    t.match(results.noObject, { error: 'NoSuchKey', status: 404 })
  })

  t.test('the AWS CLI does, too', { skip: cli ? false : 'there is no aws' }, async t => {
    const { urls } = await start(t)
    const aws = async (url: string, ...args: string[]) => await run('aws', [...args, '--endpoint-url', url, '--region', NAMES.region, '--output', 'json'])
    const started = await aws(urls.connect, 'connect', 'start-outbound-voice-contact', '--instance-id', NAMES.instanceId, '--contact-flow-id', NAMES.contactFlowId,
      '--source-phone-number', NAMES.sourcePhoneNumber, '--destination-phone-number', '+4915112345678', '--attributes', 'CardNo=8788')
    t.match(started, { code: 0 })
    const { ContactId } = JSON.parse(started?.stdout ?? '')
    const [attributes, refused] = await Promise.all([
      aws(urls.connect, 'connect', 'get-contact-attributes', '--instance-id', NAMES.instanceId, '--initial-contact-id', ContactId),
      aws(urls.fraudDetector, 'frauddetector', 'get-event', '--event-id', 'none', '--event-type-name', 'sample_transaction')
    ])
    t.strictSame(JSON.parse(attributes?.stdout ?? ''), { Attributes: { CardNo: '8788' } })
    t.match(refused, { code: Number, stderr: /\(ResourceNotFoundException\) when calling the GetEvent operation/ })
  })
})
