import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { GenericContainer, getContainerRuntimeClient, Network, Wait, type ContainerRuntimeClient, type StartedNetwork, type StartedTestContainer } from 'testcontainers'

/** A Docker engine, and what these tests have on it. */
export interface Engine {
  client: ContainerRuntimeClient
  network: StartedNetwork
  /** On every container that a test starts: by it they are found again and removed. */
  labels: Record<string, string>
  /** Gives an image a name of this run; it is removed with the rest. */
  nameImage: (name: string) => string
}

/** The repository's folder. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const ANSWER_TIMEOUT_MS = 30_000
/** How the question below ends when Testcontainers found no engine; whatever else goes wrong ends it with 1. */
const NO_ENGINE = 3
const ASK = `import('testcontainers').then(({ getContainerRuntimeClient }) => getContainerRuntimeClient().then(() => process.exit(0), () => process.exit(${NO_ENGINE})))`
/** As in docker-compose.yml, which says why this one. */
const DYNAMODB_IMAGE = 'amazon/dynamodb-local:1.25.1'
const DYNAMODB_PORT = 8000
const DYNAMODB_ALIAS = 'dynamodb'
const urlInside = (alias: string) => `http://${alias}:${DYNAMODB_PORT}`
/** Where the containers of the network find DynamoDB Local. */
export const DYNAMODB_URL_INSIDE = urlInside(DYNAMODB_ALIAS)

// What a test starts it also stops; Ryuk, who would do it after a crash, is a third image to pull and wants the engine's socket.
process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true'

/**
 * Asks whether a Docker engine answers, where Testcontainers looks for one.
 * @returns why these tests cannot run, and what to do about it
 * @throws when the question could not be asked, or CI_REQUIRES_DOCKER is 1 and no engine answers
 */
export async function missingEngine (): Promise<string | undefined> {
  try {
    // In a process of its own, because a socket on which nobody answers would keep this one alive.
    await promisify(execFile)(process.execPath, ['--input-type=module', '-e', ASK], { cwd: ROOT, timeout: ANSWER_TIMEOUT_MS, killSignal: 'SIGKILL' })
    return undefined
  } catch (error) {
    const { code, killed } = error as { code?: number | string, killed?: boolean }
    if (code !== NO_ENGINE && killed !== true) throw new Error('Testcontainers does not load, so it cannot look for a Docker engine.', { cause: error })
    if (process.env['CI_REQUIRES_DOCKER'] === '1') throw new Error('CI_REQUIRES_DOCKER is 1, and no Docker engine answers.', { cause: error })
    return 'no Docker engine answers: start one, or name it in DOCKER_HOST, and the store and the story run on genuine DynamoDB Local and in the image too'
  }
}

/** Makes a network, and at the end of the test removes it and all containers and images of this run. */
export async function openEngine (t: Test): Promise<Engine> {
  const run = `${process.pid}-${Date.now()}`
  const label = `ringfence.test=${run}`
  const images: string[] = []
  const client = await getContainerRuntimeClient()
  const { dockerode } = client.container
  const network = await new Network().start()
  t.teardown(async () => {
    const containers = await dockerode.listContainers({ all: true, filters: { label: [label] } })
    await Promise.all(containers.map(async ({ Id }) => { await dockerode.getContainer(Id).remove({ force: true, v: true }) }))
    await network.stop()
    // A build that failed has no image. The stages stay, as with every build: they are the next one's cache.
    const built = await dockerode.listImages({ filters: { reference: images } })
    if (images.length > 0) await Promise.all(built.map(async ({ Id }) => { await dockerode.getImage(Id).remove({ force: true }) }))
  })
  return {
    client,
    network,
    labels: { 'ringfence.test': run },
    nameImage (name) {
      images.push(`ringfence-test-${name}:${run}`)
      return images.at(-1) ?? ''
    }
  }
}

/** DynamoDB Local, for the tests and for the containers of their network. */
export interface DynamoDbLocal {
  endpoint: string
  endpointInside: string
  container: StartedTestContainer
  /** Until it is resumed it accepts connections, and is silent. */
  pause: () => Promise<void>
  resume: () => Promise<void>
}

/** Starts DynamoDB Local with an empty store in memory, under a name of its own in the network. */
export async function startDynamoDbLocal ({ client, network, labels }: Engine, alias = DYNAMODB_ALIAS): Promise<DynamoDbLocal> {
  const container = await new GenericContainer(DYNAMODB_IMAGE)
    .withCommand(['-jar', 'DynamoDBLocal.jar', '-sharedDb', '-inMemory'])
    .withLabels(labels)
    .withNetwork(network)
    .withNetworkAliases(alias)
    .withExposedPorts(DYNAMODB_PORT)
    // Whoever asks it without a signature is told that one is missing.
    .withWaitStrategy(Wait.forHttp('/', DYNAMODB_PORT).forStatusCode(400))
    .start()
  const itself = client.container.getById(container.getId())
  return {
    endpoint: `http://${container.getHost()}:${container.getMappedPort(DYNAMODB_PORT)}`,
    endpointInside: urlInside(alias),
    container,
    async pause () { await itself.pause() },
    async resume () { await itself.unpause() }
  }
}
