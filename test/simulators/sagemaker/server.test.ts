import { InvokeEndpointCommand, ModelError, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime'
import t, { type Test } from 'tap'
import { createSageMakerSimulator, type SageMakerSimulatorOptions } from '../../../src/simulators/sagemaker/server.ts'

async function start (t: Test, { region = 'eu-central-1', ...options }: Partial<SageMakerSimulatorOptions> & { region?: string } = {}) {
  const simulator = createSageMakerSimulator({ region: 'eu-central-1', ...options })
  const endpoint = await simulator.listen({ port: 0 })
  const client = new SageMakerRuntimeClient({ region, endpoint, maxAttempts: 1, credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'test' } })
  t.teardown(async () => {
    client.destroy()
    await simulator.close()
  })
  const invoke = async (body: string, { name = 'card-fraud', contentType = 'text/csv', accept }: { name?: string, contentType?: string, accept?: string } = {}) => {
    const { Body, ContentType, InvokedProductionVariant } = await client.send(new InvokeEndpointCommand({ EndpointName: name, ContentType: contentType, Body: Buffer.from(body), ...accept === undefined ? {} : { Accept: accept } }))
    return { text: Body.transformToString(), ContentType, InvokedProductionVariant }
  }
  return { simulator, endpoint, invoke }
}

t.test('InvokeEndpoint: rows in, a probability for each out, in CSV and in JSON', async (t) => {
  const { invoke, simulator } = await start(t, { endpoints: { 'card-fraud': (features) => features[0] === '1' || features[0] === 1 ? 0.25 : 0.75 } })
  t.same(await invoke('1,a\n2,"b,c"\n'), { text: '0.25\n0.75\n', ContentType: 'text/csv; charset=utf-8', InvokedProductionVariant: 'AllTraffic' })
  t.match(await invoke('{"amount":1}', { contentType: 'application/json', accept: 'application/json' }), { text: '{"predictions":[{"score":0.25}]}' })
  t.match(simulator.invocations(), [{ body: '1,a\n2,"b,c"\n', contentType: 'text/csv' }, { body: '{"amount":1}', accept: 'application/json' }])
})

t.test('InvokeEndpoint: the pretended model says the same of the same row, and more of a greater amount', async (t) => {
  const { invoke } = await start(t)
  const of = async (row: string) => Number((await invoke(row)).text)
  t.equal(await of('4155,EUR'), await of('4155,EUR'))
  t.ok(await of('4155,EUR') > await of('20,EUR'))
  t.equal(await of(',,EUR'), 0)
})

t.test('InvokeEndpoint: a container that cannot read or write is a ModelError with the container\'s own status', async (t) => {
  const { invoke } = await start(t)
  for (const [body, how, status] of [['x', { contentType: 'text/libsvm' }, 415], ['{', { contentType: 'application/json' }, 400], ['1', { accept: 'image/png' }, 406]] as const) {
    const error: unknown = await invoke(body, how).catch((error: unknown) => error)
    t.ok(error instanceof ModelError && error.OriginalStatusCode === status && error.$metadata.httpStatusCode === 424, String(status))
  }
})

t.test('InvokeEndpoint: an endpoint that is not there, another region and no signature are refused as AWS does', async (t) => {
  const { invoke, endpoint } = await start(t)
  await t.rejects(invoke('1', { name: 'other' }), { name: 'ValidationError', $metadata: { httpStatusCode: 400 } })
  const elsewhere = await start(t, { region: 'us-east-1' })
  await t.rejects(elsewhere.invoke('1'), { name: 'InvalidSignatureException' })
  const reply = await fetch(`${endpoint}/endpoints/card-fraud/invocations`, { method: 'POST', body: '1' })
  t.same([reply.status, reply.headers.get('x-amzn-errortype')], [403, 'MissingAuthenticationTokenException'])
  t.equal((await fetch(`${endpoint}/endpoints`)).status, 404)
})

t.test('PUT /_simulator/faults: the next invocations meet the fault, so many times', async (t) => {
  const { invoke, endpoint } = await start(t)
  const put = async (body: object) => (await fetch(`${endpoint}/_simulator/faults`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })).status
  for (const [fault, name, status] of [
    ['throttle', 'ThrottlingException', 400], ['500', 'InternalFailure', 500], ['ValidationError', 'ValidationError', 400], ['ModelNotReadyException', 'ModelNotReadyException', 429],
    ['ServiceUnavailable', 'ServiceUnavailable', 503], ['InternalDependencyException', 'InternalDependencyException', 530], ['model_error', 'ModelError', 424], ['html', 'SyntaxError', undefined]
  ] as const) {
    t.equal(await put({ fault, calls: 1 }), 200)
    if (fault === 'html') t.match((await invoke('1')).text, '<html>', 'bytes are bytes')
    else await t.rejects(invoke('1'), { name, $metadata: { httpStatusCode: status } }, fault)
    await invoke('1')
  }
  t.equal(await put({ fault: 'earthquake' }), 400)
  await put({ fault: '500', calls: 9 })
  t.equal((await fetch(`${endpoint}/_simulator/reset`, { method: 'POST' })).status, 204)
  await invoke('1')
  t.same(await (await fetch(`${endpoint}/_simulator/faults`)).json(), { fault: 'none', callsLeft: 0 })
})
