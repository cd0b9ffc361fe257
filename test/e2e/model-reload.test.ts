import { readFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createSageMakerSimulator } from '../../src/simulators/sagemaker/server.ts'
import { copyBundledModel, PLAIN_MAP, pointTo } from '../model/bundled-copy.ts'
import { poll, startLocalService, startProgram, type LocalService } from './local-process.ts'

const HARMLESS = JSON.parse(readFileSync(new URL('../../examples/transaction-harmless.json', import.meta.url), 'utf8'))

const logged = ({ stdout }: LocalService, message: string) => stdout().split('\n').filter((line) => line.includes(`"msg":"${message}"`)).map((line) => JSON.parse(line) as Record<string, unknown>)

/** A way to ask for decisions, each under an id of its own. */
function decider ({ api }: LocalService) {
  let count = 0
  return async () => {
    const { status, body } = await api('POST', '/v1/transactions', { ...HARMLESS, transactionId: `tx-${count++}` })
    if (status !== 200) throw new Error(JSON.stringify(body))
    return body as { score: number, degraded: boolean, scorer: { name: string, model: string, version: string } }
  }
}

t.test('promote, SIGHUP, roll back: the running service takes up what the command says, under load, and refuses what is broken', { skip: process.platform === 'win32' }, async (t) => {
  const root = t.testdir({ data: {} })
  const directory = join(root, 'fleet')
  const run = async (...args: string[]) => {
    const child = startProgram(t, 'cli', { args: ['model', ...args] })
    const { code } = await child.ended
    return { code, stdout: child.stdout(), stderr: child.stderr() }
  }
  const from = (version: string, change: object = {}) => copyBundledModel(join(root, version), { name: 'm', version, ...change })

  t.match(await run('promote', '--model', from('1'), '--to', directory), { code: 0, stdout: /^m-1 is current in .*fleet now\n$/ })
  const service = await startLocalService(t, { dataDir: join(root, 'data'), env: { RINGFENCE_MODEL: directory, RINGFENCE_MODEL_WATCH_SECONDS: '0' } })
  const decide = decider(service)
  const first = await decide()
  t.match(first.scorer, { name: 'embedded', model: 'm', version: '1' })

  t.match(await run('promote', '--model', from('2', { scoreMap: PLAIN_MAP }), '--to', directory), { code: 0, stdout: /m-2 is current in .* now; before it was m-1/ })
  t.match((await decide()).scorer, { version: '1' }, 'until it is told')
  const scores = new Map<string, Set<number>>()
  const over = new AbortController()
  const asking = Array.from({ length: 4 }, async () => {
    while (!over.signal.aborted) {
      const { score, scorer: { version } } = await decide()
      scores.set(version, (scores.get(version) ?? new Set()).add(score))
    }
  })
  service.kill('SIGHUP')
  await poll('the other model', () => scores.has('2') ? true : undefined)
  over.abort()
  await Promise.all(asking)
  t.same([...scores.keys()].filter((version) => version !== '1'), ['2'])
  for (const [version, own] of scores) t.equal(own.size, 1, `${version} says one score of one payment`)
  t.not([...scores.get('2') ?? []][0], first.score)

  truncateSync(join(directory, 'm-1', 'model.zip'), 100)
  t.match(await run('rollback', '--in', directory), { code: 1, stderr: /m-1\/card\.json cannot be used: the SHA-256/ })
  t.match(await run('list', '--in', directory), { code: 0, stdout: /\n {3}m-1 .* broken .*\n\* {2}m-2 +m +2 +gradient boosted trees[^]*warning: .*SHA-256/ })
  pointTo(directory, 'm-1')
  service.kill('SIGHUP')
  await poll('the refusal', () => logged(service, 'model refused, the one before goes on').length > 0 ? true : undefined)
  t.match(logged(service, 'model refused, the one before goes on'), [{ level: 50, role: 'scorer', model: 'm', version: '2', err: { message: /the SHA-256 of model\.zip/ } }])
  t.match((await decide()).scorer, { version: '2' })
  t.match(await run('list', '--in', directory), { code: 1, stderr: /The current model cannot be used/ })
  const metrics = (await service.api('GET', '/metrics')).text
  t.match(metrics, 'ringfence_model_info{role="scorer",model="m",version="2"} 1')
  t.match(metrics, 'ringfence_model_reloads_total{role="scorer",result="refused"} 1')

  service.kill('SIGTERM')
  t.strictSame(await service.ended, { code: 0, signal: null })
  t.equal(service.stderr(), '')
})

t.test('without a directory the commands take that of RINGFENCE_MODEL, or models where it is one model', async (t) => {
  const root = t.testdir()
  const list = async (model: string) => {
    const child = startProgram(t, 'cli', { args: ['model', 'list'], env: { RINGFENCE_MODEL: model } })
    await child.ended
    return child.stdout() + child.stderr()
  }
  const folder = copyBundledModel(join(root, 'fleet', 'm-1'), { name: 'm', version: '1' })
  t.match(await list(join(root, 'fleet')), / m-1 +m +1 /)
  for (const model of [folder, join(folder, 'card.json'), '']) t.match(await list(model), / card-fraud +card-fraud /, model)
  t.match(await list(join(root, 'nowhere')), /There is no directory .*nowhere/)
  const elsewhere = startProgram(t, 'cli', { args: ['model', 'list'], env: { RINGFENCE_MODEL: 'models' }, cwd: root })
  await elsewhere.ended
  t.match(elsewhere.stdout(), / card-fraud +card-fraud /, 'a relative path is looked for in the program\'s folder, as by the service')
})

t.test('a directory of models is looked at without a signal', async (t) => {
  const directory = t.testdir({ data: {} })
  for (const version of ['1', '2']) copyBundledModel(join(directory, `m-${version}`), { version })
  pointTo(directory, 'm-1')
  const service = await startLocalService(t, { dataDir: join(directory, 'data'), env: { RINGFENCE_MODEL: directory, RINGFENCE_MODEL_WATCH_SECONDS: '1' } })
  const decide = decider(service)
  t.match((await decide()).scorer, { version: '1' })
  pointTo(directory, 'm-2')
  await poll('the other model', async () => (await decide()).scorer.version === '2' ? true : undefined)
})

t.test('a shadow is loaded at the start or ends it, and is loaded anew with the model', { skip: process.platform === 'win32' }, async (t) => {
  const root = t.testdir({ data: {} })
  const bad = copyBundledModel(join(root, 'bad'))
  truncateSync(join(bad, 'model.zip'), 100)
  const refused = startProgram(t, 'main', { env: { PORT: '0', RINGFENCE_SIMULATOR_PORT: '0', RINGFENCE_DATA_DIR: join(root, 'data'), RINGFENCE_SHADOW_MODEL: bad } })
  t.match(await refused.ended, { code: 1 })
  t.match(refused.stderr(), /^ringfence: RINGFENCE_SHADOW_MODEL: The fraud model of .*bad\/card\.json cannot be used: the SHA-256/)

  const next = copyBundledModel(join(root, 'next'), { name: 'next', version: '1' })
  const service = await startLocalService(t, { dataDir: join(root, 'data'), env: { RINGFENCE_SHADOW_MODEL: next } })
  copyBundledModel(next, { name: 'next', version: '2' })
  service.kill('SIGHUP')
  await poll('both models', () => logged(service, 'model loaded').length === 3 && logged(service, 'model unchanged').length === 1 ? true : undefined)
  truncateSync(join(next, 'model.zip'), 100)
  service.kill('SIGHUP')
  await poll('the refusal', () => logged(service, 'model refused, the one before goes on').length === 1 ? true : undefined)
  t.match((await decider(service)()).scorer, { name: 'embedded', model: 'card-fraud' })
  const metrics = (await service.api('GET', '/metrics')).text
  t.match(metrics, 'ringfence_model_info{role="shadow",model="next",version="2"} 1')
  t.match(metrics, 'ringfence_shadow_scores_total{result="scored"} 1')
})

t.test('SIGHUP where another scorer decides: the fallback is loaded anew, and without a model nothing happens', { skip: process.platform === 'win32' }, async (t) => {
  const simulator = createSageMakerSimulator({ region: 'eu-west-1', endpoints: { cards: () => 0.9 } })
  const endpoint = await simulator.listen({ port: 0 })
  t.teardown(simulator.close)
  const env = { AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: endpoint, AWS_REGION: 'eu-west-1', RINGFENCE_SCORER: 'sagemaker', RINGFENCE_SAGEMAKER_ENDPOINT: 'cards', RINGFENCE_SAGEMAKER_FEATURES: 'amount' }
  const root = t.testdir({ data: {}, other: {} })
  const folder = copyBundledModel(join(root, 'model'), { version: '1' })

  const service = await startLocalService(t, { dataDir: join(root, 'data'), env: { ...env, RINGFENCE_MODEL: folder } })
  copyBundledModel(folder, { version: '2' })
  service.kill('SIGHUP')
  await poll('the other model', () => logged(service, 'model loaded').length === 2 ? true : undefined)
  const decide = decider(service)
  t.match(await decide(), { degraded: false, scorer: { name: 'sagemaker' } })
  simulator.setFault({ fault: 'ServiceUnavailable' })
  t.match(await decide(), { degraded: true, scorer: { name: 'embedded', version: '2' } })
  simulator.setFault({ fault: 'none' })

  const alone = await startLocalService(t, { dataDir: join(root, 'other'), env: { ...env, RINGFENCE_SCORER_FALLBACK: 'investigate' } })
  alone.kill('SIGHUP')
  await poll('the signal to be heeded', () => logged(alone, 'no model to load anew').length === 1 ? true : undefined)
  t.match(await decider(alone)(), { scorer: { name: 'sagemaker' } })
})
