import { setImmediate as nextTurn } from 'node:timers/promises'
import { InvokeEndpointCommand } from '@aws-sdk/client-sagemaker-runtime'
import t, { type Test } from 'tap'
import { createSageMakerRuntimeClient } from '../../../src/adapters/aws/clients.ts'
import { createSageMakerSimulator } from '../../../src/simulators/sagemaker/server.ts'

async function start (t: Test, timeoutMs: number) {
  const simulator = createSageMakerSimulator({ region: 'eu-central-1' })
  const client = createSageMakerRuntimeClient(timeoutMs, { endpoint: await simulator.listen({ port: 0 }) })
  t.teardown(async () => {
    client.destroy()
    await simulator.close()
  })
  const invoke = async (abortSignal?: AbortSignal) =>
    await client.send(new InvokeEndpointCommand({ EndpointName: 'card-fraud', ContentType: 'text/csv', Body: Buffer.from('1') }), abortSignal === undefined ? {} : { abortSignal })
  return { simulator, invoke }
}

t.test('a scorer\'s client asks once; the guard knows better when to ask again', async (t) => {
  const { simulator, invoke } = await start(t, 10_000)
  for (const fault of ['500', 'ThrottlingException', 'reset'] as const) {
    simulator.setFault({ fault })
    await t.rejects(invoke(), fault)
  }
  t.equal(simulator.invocations().length, 3)
})

t.test('a scorer\'s client gives up by itself, and says so', async (t) => {
  const { simulator, invoke } = await start(t, 100)
  simulator.setFault({ fault: 'hang' })
  await t.rejects(invoke(), { name: 'TimeoutError' })
})

t.test('a scorer\'s client has a connection for each transaction, also when every reply is late', async (t) => {
  const { simulator, invoke } = await start(t, 60_000)
  simulator.setFault({ fault: 'hang', calls: 200 })
  const deadlines = Array.from({ length: 200 }, () => new AbortController())
  const late = Promise.allSettled(deadlines.map(async ({ signal }) => await invoke(signal)))
  while (simulator.invocations().length < 200) await nextTurn()
  for (const deadline of deadlines) deadline.abort()
  t.ok((await late).every(({ status }) => status === 'rejected'))
})
