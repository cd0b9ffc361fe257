import { readFileSync } from 'node:fs'
import type { Test } from 'tap'
import { GenericContainer, Wait, type StartedTestContainer } from 'testcontainers'
import { RUN } from '../contracts/dynamodb-stores.ts'
import { exportedIn, poll, PATIENT_TRIES } from '../e2e/local-process.ts'
import { ADA, CHARLES, payAgain, playStory, stageAt, type Stage } from '../e2e/story.ts'
import { DYNAMODB_URL_INSIDE, ROOT, startDynamoDbLocal, type Engine } from './engine.ts'
import { drive } from './load.ts'
import { startService, textOf, type ServiceContainer } from './service-container.ts'

const CONNECT_PORT = 4010
const LOAD_CONCURRENCY = 32
/** Card numbers of the story and of the load, as they came in. */
const CARD_NUMBERS = /2442[ -]?2308[ -]?2110[ -]?8788|5555[ -]?3412[ -]?444\d[ -]?\d{4}/

/** What the repository's Dockerfile makes, run as an orchestrator would run it. */
export async function imageTests (t: Test, engine: Engine, dynamoDb: StartedTestContainer): Promise<void> {
  const image = await build(engine, 'service')
  const simulators = await startSimulators(engine, await build(engine, 'simulators'))
  const environment: Record<string, string> = {
    ...simulators.environment,
    NODE_ENV: 'development',
    PORT: '3000',
    AWS_ENDPOINT_URL_DYNAMODB: DYNAMODB_URL_INSIDE,
    RINGFENCE_TABLE: `image-${RUN}`,
    RINGFENCE_CREATE_TABLE: 'true',
    RINGFENCE_LADDER: 'voice:0',
    // Deadlines are the subject of other tests; a busy machine must not make these fail.
    RINGFENCE_MAX_LOOP_DELAY_MS: '0',
    RINGFENCE_SCORE_TIMEOUT_MS: '10000',
    RINGFENCE_STORE_TIMEOUT_MS: '20000'
  }
  const logs: Record<string, string> = {}
  const stageOf = ({ url }: ServiceContainer): Stage => stageAt(url, simulators.url)
  const stopped = async (t: Test, name: string, service: ServiceContainer) => {
    const { exitCode, log } = await service.stop()
    logs[name] = log
    t.equal(exitCode, 0, 'it ended by itself, in time')
    t.match(log, /"signal":"SIGTERM","msg":"draining"[^]*"msg":"stopped"\}\s*$/)
  }

  await t.test('the image without settings ends with 1 and names all that is missing', async (t) => {
    const { exitCode, log } = await runOnce(engine, image)
    t.equal(exitCode, 1)
    t.strictSame([...log.matchAll(/^ {2}- (\w+) is missing/gm)].map(([, name]) => name), [
      'RINGFENCE_API_KEYS', 'RINGFENCE_TOKENISATION_KEY', 'RINGFENCE_BRIDGE_SECRET', 'RINGFENCE_INSTITUTION',
      'RINGFENCE_CONNECT_INSTANCE_ID', 'RINGFENCE_CONNECT_FLOW_ID', 'RINGFENCE_CONNECT_SOURCE_NUMBER'
    ])
  })

  await t.test('a command as process 1, which handles no signal itself, ends when told', async (t) => {
    const { client: { container: { dockerode } }, labels } = engine
    const container = await dockerode.createContainer({ Image: image, Labels: labels, Cmd: ['model', 'generate', '--rows', '50000000', '--out', '/tmp/training.csv'] })
    await container.start()
    await poll('the command to work', async () => (await textOf(engine, container.id)).includes('generating') || undefined, PATIENT_TRIES)
    await container.kill({ signal: 'SIGTERM' })
    const { State } = await poll('the command to end', async () => {
      const seen = await container.inspect()
      return seen.State.Running ? undefined : seen
    })
    t.equal(State.ExitCode, 143)
  })

  await t.test('the image plays the story, holds its load in 256 MiB, and ends when told', async (t) => {
    const service = await startService(engine, image, { ...environment, RINGFENCE_LOG_LEVEL: 'debug' })
    await looksInside(t, service)
    await playStory(t, stageOf(service), ADA, 2)
    await playStory(t, stageOf(service), CHARLES, 1)
    await holdsLoad(t, service, 'embedded', 0, 1_000)
    await poll('the health check to have passed', async () => (await service.inspect()).State.Health?.Status === 'healthy' ? true : undefined, PATIENT_TRIES)
    await stopped(t, 'embedded', service)
  })

  await t.test('the health check looks at the process alone: a store that is silent does not fail it, a process that is silent does', async (t) => {
    const store = await startDynamoDbLocal(engine, 'silent-store')
    const service = await startService(engine, image, { ...environment, AWS_ENDPOINT_URL_DYNAMODB: store.endpointInside })
    const [kind, ...check] = (await service.inspect()).Config.Healthcheck?.Test ?? []
    t.equal(kind, 'CMD')
    const exitCodeWith = async (...lastWords: string[]) => (await service.exec([...check.slice(0, check.length - lastWords.length), ...lastWords])).exitCode
    t.equal(await exitCodeWith(), 0)
    t.equal(await exitCodeWith('/readyz'), 0)
    t.not(await exitCodeWith('/no-such-place'), 0, 'it fails when its path is not answered with 200')
    await store.pause()
    t.not(await exitCodeWith('/readyz'), 0, 'without its store the service is not ready')
    t.equal(await exitCodeWith(), 0, 'but alive')
    await service.kill('SIGSTOP')
    t.not(await exitCodeWith(), 0)
    await service.kill('SIGCONT')
    await store.resume()
    t.equal((await service.stop()).exitCode, 0)
  })

  await t.test('the next container on the same table knows the blocked card, and holds its load with Fraud Detector', async (t) => {
    const service = await startService(engine, image, { ...environment, RINGFENCE_SCORER: 'frauddetector' })
    await payAgain(t, stageOf(service), ADA, 2, 'tx-after-restart')
    await holdsLoad(t, service, 'frauddetector', 500, 300)
    await stopped(t, 'frauddetector', service)
  })

  await t.test('no container logged a card number', async (t) => {
    for (const container of [simulators.container, dynamoDb]) logs[container.getName()] = await textOf(engine, container.getId())
    t.equal(Object.keys(logs).length, 4)
    for (const [name, log] of Object.entries(logs)) {
      t.not(log, '', `${name} logged something`)
      t.equal(new RegExp(`.{0,80}(${CARD_NUMBERS.source})`).exec(log)?.[0], undefined, name)
    }
  })
}

/** Builds one target of the Dockerfile with the classic builder, whose cache makes the second build a matter of seconds. @returns the image's name */
async function build ({ nameImage }: Engine, target: 'service' | 'simulators'): Promise<string> {
  const name = nameImage(target)
  try {
    await GenericContainer.fromDockerfile(ROOT).withTarget(target).build(name)
  } catch (error) {
    throw new Error(`The image does not build; \`DOCKER_BUILDKIT=0 docker build --target ${target} .\` says why.`, { cause: error })
  }
  return name
}

async function startSimulators ({ client, network, labels }: Engine, image: string) {
  const { host } = client.info.containerRuntime
  const container = await new GenericContainer(image)
    .withLabels(labels)
    .withNetwork(network)
    .withNetworkAliases('simulators')
    .withExposedPorts(CONNECT_PORT)
    .withEnvironment({ SIMULATE_PUBLIC_HOST: `simulators,${host}`, SIMULATE_SERVICE_URL: 'http://service:3000', SIMULATE_SPEED: '50', SIMULATE_PREDICTIONS_PER_SECOND: '0', SIMULATE_LOG_LEVEL: 'debug' })
    .withWaitStrategy(Wait.forLogMessage('Ready.'))
    .start()
  return { container, url: `http://${host}:${container.getMappedPort(CONNECT_PORT)}`, environment: exportedIn(await textOf({ client }, container.getId())) }
}

/** Runs an image to its end, as it is. */
async function runOnce ({ client, labels }: Engine, image: string) {
  const container = await client.container.dockerode.createContainer({ Image: image, Labels: labels })
  await container.start()
  const { StatusCode } = await container.wait()
  return { exitCode: StatusCode, log: await textOf({ client }, container.id) }
}

/** Who it is, what it may, and what it has with it. */
async function looksInside (t: Test, service: ServiceContainer): Promise<void> {
  const run = async (script: string) => (await service.exec(['sh', '-c', script])).output
  const status = await run('cat /proc/1/status')
  t.match(status, /^Uid:\t(?!0\b)(\d+)\t\1\t\1\t\1$/m, 'not root')
  t.match(status, /^Gid:\t(?!0\b)\d+/m)
  t.match(status, /^CapBnd:\t0+$/m, 'no capability')
  t.match(status, /^NoNewPrivs:\t1$/m)
  t.match(await run('touch /tmp/file'), /Read-only file system/)
  t.equal(await run('find /app ! -user root'), '', 'nothing in the image belongs to its user')
  t.equal(await run('find /app -perm /022 ! -type l'), '', 'and nobody but its owner may change it')
  const entries = (await run('ls -A /app')).split('\n').filter(Boolean)
  t.ok(entries.includes('dist'))
  t.strictSame(entries.filter((name) => /^(\..*|src|test|deploy|docs|openapi|tsconfig.*|package-lock\.json|Dockerfile)$/.test(name)), [], 'no file that only a developer needs')
  t.equal(await run("find /app -name '*.ts' -o -name '*.map' -o -name '*.tsbuildinfo'"), '', 'no source, no map')
  t.equal(await run("find node_modules -name .github -o -name '*.spec.js' -o -name 'eslint.config.*'"), '', 'nothing that only the packages\' developers need')
  t.equal(await run('ls node_modules/libphonenumber-js/mobile/examples/examples.mobile.json.js'), 'node_modules/libphonenumber-js/mobile/examples/examples.mobile.json.js\n', 'but all that a package exports')
  const { packages } = JSON.parse(readFileSync(`${ROOT}package-lock.json`, 'utf8')) as { packages: Record<string, { dev?: boolean }> }
  const installed = (await run("find node_modules -name package.json -path '*node_modules/*' | sed 's:/package.json$::'")).split('\n')
  t.ok(installed.includes('node_modules/fastify'))
  t.strictSame(installed.filter((path) => packages[path]?.dev === true), [], 'no package that only a developer needs')
}

/** Every request is answered and the kernel's limit is not met; how much memory that took is told, not judged. */
async function holdsLoad (t: Test, service: ServiceContainer, scorer: string, firstCard: number, count: number): Promise<void> {
  const before = (await service.inspect()).State.StartedAt
  const { answers, outcomes, seconds } = await drive(service.url, { count, concurrency: LOAD_CONCURRENCY, name: scorer, firstCard })
  t.strictSame(answers, { 'PUT 200': 200, 'POST 200': count })
  const { State, RestartCount, HostConfig } = await service.inspect()
  t.equal(HostConfig.Memory, 256 * 1024 * 1024)
  if (!t.match({ ...State, RestartCount }, { Running: true, OOMKilled: false, StartedAt: before, RestartCount: 0 })) return
  t.comment(`${scorer}: ${count} payments in ${seconds} s, ${JSON.stringify(outcomes)}; at most ${await service.peakMemory()}`)
}
