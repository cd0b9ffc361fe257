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
const ANSWER_TIMEOUT_MS = 10_000
const ASK = "import('testcontainers').then(({ getContainerRuntimeClient }) => getContainerRuntimeClient()).then(() => process.exit(0), () => process.exit(1))"
const DYNAMODB_IMAGE = 'amazon/dynamodb-local:latest'
const DYNAMODB_PORT = 8000
/** Where the containers of the network find DynamoDB Local. */
export const DYNAMODB_URL_INSIDE = `http://dynamodb:${DYNAMODB_PORT}`

// What a test starts it also stops; Ryuk, who would do it after a crash, is a third image to pull and wants the engine's socket.
process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true'

/** Asks whether a Docker engine answers, where Testcontainers looks for one. @returns why these tests cannot run, and what to do about it */
export async function missingEngine (): Promise<string | undefined> {
  try {
    // In a process of its own, because a socket on which nobody answers would keep this one alive.
    await promisify(execFile)(process.execPath, ['--input-type=module', '-e', ASK], { cwd: ROOT, timeout: ANSWER_TIMEOUT_MS, killSignal: 'SIGKILL' })
    return undefined
  } catch {
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

/** Starts DynamoDB Local with an empty store in memory. */
export async function startDynamoDbLocal ({ network, labels }: Engine): Promise<{ endpoint: string, container: StartedTestContainer }> {
  const container = await new GenericContainer(DYNAMODB_IMAGE)
    .withCommand(['-jar', 'DynamoDBLocal.jar', '-sharedDb', '-inMemory'])
    .withLabels(labels)
    .withNetwork(network)
    .withNetworkAliases('dynamodb')
    .withExposedPorts(DYNAMODB_PORT)
    // Whoever asks it without a signature is told that one is missing.
    .withWaitStrategy(Wait.forHttp('/', DYNAMODB_PORT).forStatusCode(400))
    .start()
  return { endpoint: `http://${container.getHost()}:${container.getMappedPort(DYNAMODB_PORT)}`, container }
}
