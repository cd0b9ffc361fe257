import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { request } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { CONTACT_ATTRIBUTES } from '../../src/domain/contact-attribute-names.ts'
import { checkExchange } from '../wire/exchange.ts'
import { findFreePort, PATIENT_TRIES, poll, startProgram, startSimulate, untilReady } from './local-process.ts'

const example = (name: string) => JSON.parse(readFileSync(new URL(`../../examples/${name}.json`, import.meta.url), 'utf8'))
const FREE_PORTS = ['--connect-port', '0', '--fraud-detector-port', '0', '--sagemaker-port', '0', '--s3-port', '0']

t.jobs = 2

async function send (method: string, url: string, body?: object, headers: Record<string, string> = {}): Promise<any> {
  const response = await fetch(url, { method, headers: { ...body === undefined ? {} : { 'content-type': 'application/json' }, ...headers }, ...body === undefined ? {} : { body: JSON.stringify(body) } })
  const reply = await response.text()
  const { pathname, search } = new URL(url)
  // The simulators' own routes are no part of the contract.
  if (pathname.startsWith('/v1/')) checkExchange({ method, url: `${pathname}${search}`, sent: { body }, status: response.status, headers: Object.fromEntries(response.headers), text: reply })
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${reply}`)
  return reply === '' ? undefined : JSON.parse(reply)
}

/** Asks with a Host header of its own, as a browser would whose name server was bent. */
async function statusFor (url: string, host: string): Promise<number | undefined> {
  const outgoing = request(url, { headers: { host } }).end()
  const [response] = await once(outgoing, 'response')
  await text(response)
  return response.statusCode
}

t.test('two processes, the service in service mode: the sample\'s payment is scored by Fraud Detector, the phone rings, key 2 blocks the card', async t => {
  const port = await findFreePort()
  const serviceUrl = `http://127.0.0.1:${port}`
  const simulators = await startSimulate(t, [...FREE_PORTS, '--dynamodb-port', '0', '--speed', '50', '--service-url', serviceUrl, '--log-level', 'debug'])
  const service = startProgram(t, 'main', { env: { ...simulators.environment, PORT: String(port), RINGFENCE_SCORER: 'frauddetector', RINGFENCE_SCORE_TIMEOUT_MS: '10000', RINGFENCE_MAX_LOOP_DELAY_MS: '0', RINGFENCE_LADDER: 'voice:0', RINGFENCE_SAMPLE_CUSTOMER: 'true' } })
  await untilReady(service, serviceUrl)
  const api = async (method: string, path: string, body?: object) => await send(method, `${serviceUrl}${path}`, body, { authorization: 'Bearer rf_local' })
  const phones = async (method: string, path: string, body?: object) => await send(method, `${simulators.connectUrl}/_simulator${path}`, body)

  t.match(await api('GET', '/v1/customers/u82-1alz-RI301'), { ...example('customer'), cards: [{ last4: '8788' }] }, "once it is ready, the sample's customer is there")
  const decision = await api('POST', '/v1/transactions', example('transaction'))
  t.match(decision, { outcome: 'fraud', scorer: { name: 'frauddetector' }, degraded: false, case: { status: 'open' }, card: { isBlocked: false } })

  const ringing = await poll('the phone to ring', async () => (await phones('GET', '/contacts')).contacts.find(({ state }: { state: string }) => state === 'ringing'), PATIENT_TRIES)
  t.equal(ringing.attributes.CaseId, decision.case.id)
  t.strictSame(Object.keys(ringing.attributes).filter((name) => !(CONTACT_ATTRIBUTES as readonly string[]).includes(name)), [], 'the list that flow check knows names each attribute that is sent')
  await phones('POST', `/contacts/${ringing.contactId}/pick-up`)
  const read = async () => await phones('GET', `/contacts/${ringing.contactId}`)
  await poll('the question', async () => (await read()).transcript.some(({ who }: { who: string }) => who === 'system') ? true : undefined, PATIENT_TRIES)
  await phones('POST', `/contacts/${ringing.contactId}/keys`, { key: '2' })
  const call = await poll('the end of the call', async () => {
    const contact = await read()
    return contact.state === 'ended' ? contact : undefined
  }, PATIENT_TRIES)
  t.match(call.transcript.filter(({ who }: { who: string }) => who === 'system').at(-1), { text: /is now blocked/ })
  t.match(await phones('GET', `/story/${ringing.contactId}`), { case: { decision: 'fraud' }, card: { isBlocked: true } })

  await poll('the case to be told that the call is over', async () => {
    const { attempts } = await api('GET', `/v1/cases/${decision.case.id}`)
    return attempts[0].status === 'ended' ? true : undefined
  }, PATIENT_TRIES)
  t.match(await api('GET', `/v1/cases/${decision.case.id}`), { status: 'closed', decision: 'fraud', attempts: [{ contactId: ringing.contactId, outcome: 'answered' }] })
  t.match(await api('GET', `/v1/cards/${decision.card.id}`), { isBlocked: true })
  t.match(await send('GET', `${simulators.environment['AWS_ENDPOINT_URL_FRAUDDETECTOR']}/_simulator/predictions`), { predictions: [{ detectorId: 'sample_detector' }] })

  service.kill('SIGTERM')
  t.strictSame(await service.ended, { code: 0, signal: null })
  simulators.kill('SIGTERM')
  t.strictSame(await simulators.ended, { code: 0, signal: null })
  const log = simulators.stderr()
  t.match(log, /"operation":"GetEventPrediction","status":200/)
  t.match(log, /"path":"\/contact\/outbound-voice","status":200/)
  t.notMatch(log, example('customer').phoneNumber.slice(-8), 'no phone number in the log')
})

t.test('simulate: settings come from the environment too; the control API answers by the public name and no foreign one; requests are not logged at info', async t => {
  const simulators = await startSimulate(t, [], {
    SIMULATE_CONNECT_PORT: '0',
    SIMULATE_FRAUD_DETECTOR_PORT: '0',
    SIMULATE_SAGEMAKER_PORT: '0',
    SIMULATE_S3_PORT: '0',
    SIMULATE_HOST: '0.0.0.0',
    SIMULATE_PUBLIC_HOST: 'simulators',
    SIMULATE_SERVICE_URL: 'http://ringfence:3000',
    SIMULATE_PUBLIC_SERVICE_URL: 'http://localhost:3100',
    AWS_REGION: 'us-east-1',
    RINGFENCE_CONNECT_FLOW_ID: 'my-flow'
  })
  t.match(simulators.environment, { AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL_CONNECT: /^http:\/\/simulators:\d+$/, RINGFENCE_CONNECT_FLOW_ID: 'my-flow' })
  t.notOk('AWS_ENDPOINT_URL_DYNAMODB' in simulators.environment)
  for (const service of ['CONNECT', 'FRAUDDETECTOR', 'SAGEMAKER_RUNTIME', 'S3']) {
    const { port } = new URL(simulators.environment[`AWS_ENDPOINT_URL_${service}`] ?? '')
    const url = `http://127.0.0.1:${port}/_simulator/faults`
    t.strictSame([await statusFor(url, `simulators:${port}`), await statusFor(url, `localhost:${port}`), await statusFor(url, `evil.example:${port}`)], [200, 200, 403], service)
  }
  const { port: connectPort } = new URL(simulators.environment['AWS_ENDPOINT_URL_CONNECT'] ?? '')
  t.match(await (await fetch(`http://127.0.0.1:${connectPort}/_simulator/config`)).json(), { apiUrl: 'http://localhost:3100' }, 'the phone page shows commands for people')
  t.match(simulators.stdout(), 'curl -s http://localhost:3100/v1/transactions')
  simulators.kill('SIGINT')
  t.strictSame(await simulators.ended, { code: 0, signal: null })
  t.notMatch(simulators.stderr(), 'faults')
})

t.test('simulate: a port that is taken, and settings that are none, are named', async t => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  t.teardown(() => { taken.close() })
  const { port } = taken.address() as AddressInfo
  const run = async (...args: string[]) => {
    const child = startProgram(t, 'cli', { args: ['simulate', ...FREE_PORTS, ...args] })
    return { ...await child.ended, stderr: child.stderr() }
  }
  const [busy, speed, range, host, secret, flow] = await Promise.all([
    run('--fraud-detector-port', String(port)), run('--speed', '0'), run('--connect-port', '65536'), run('--public-host', 'a b'), run('--bridge-secret', 'short'), run('--flow', '/nowhere.json')
  ])
  t.match(busy, { code: 1, stderr: new RegExp(`ringfence: port ${port} is taken; choose another, 0 for any\n`) })
  t.match(speed, { code: 2, stderr: /--speed \(SIMULATE_SPEED\) must be 1 to 9999/ })
  t.match(range, { code: 2, stderr: /--connect-port must be 0 to 65535/ })
  t.match(host, { code: 2, stderr: /--public-host \(SIMULATE_PUBLIC_HOST\) must be host names/ })
  t.match(secret, { code: 2, stderr: /--bridge-secret \(RINGFENCE_BRIDGE_SECRET\) must be 32 characters/ })
  t.match(flow, { code: 1, stderr: /ENOENT/ })
})

t.test('simulate: what it exports is for a shell to read and runs nothing; secrets of its environment are in the file, which its owner alone can read, and not on the screen', async t => {
  const folder = t.testdir({ 'exports.env': 'left by somebody' })
  const path = join(folder, 'exports.env')
  const [bridgeSecret, tokenisationKey] = [`it's $(touch ${folder}/ran) '; touch ${folder}/ran; '`, 'a-tokenisation-key-of-my-own-and-real']
  const simulators = await startSimulate(t, [...FREE_PORTS, '--export-to', path], { RINGFENCE_BRIDGE_SECRET: bridgeSecret, RINGFENCE_TOKENISATION_KEY: tokenisationKey })
  t.equal(statSync(path).mode & 0o777, 0o600)
  const read = execFileSync('sh', ['-c', '. "$1" && printf "%s\\n" "$RINGFENCE_BRIDGE_SECRET" "$RINGFENCE_TOKENISATION_KEY" "$RINGFENCE_API_KEYS"', 'sh', path], { encoding: 'utf8' })
  t.strictSame(read.split('\n').slice(0, 2), [bridgeSecret, tokenisationKey])
  t.match(JSON.parse(read.split('\n')[2] ?? ''), [{ name: 'simulate' }])
  t.throws(() => statSync(join(folder, 'ran')), { code: 'ENOENT' })
  t.notOk(simulators.stdout().includes('touch') || simulators.stdout().includes(tokenisationKey))
  t.match(simulators.stdout(), /# RINGFENCE_TOKENISATION_KEY=…\n +# RINGFENCE_BRIDGE_SECRET=…\n/)
  simulators.kill('SIGTERM')
  t.strictSame(await simulators.ended, { code: 0, signal: null })
})
