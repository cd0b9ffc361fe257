import { GenericContainer, Wait, type StartedTestContainer } from 'testcontainers'
import type { Engine } from './engine.ts'

const PORT = 3000
const MEMORY_BYTES = 256 * 1024 * 1024
/** The default of RINGFENCE_DRAIN_SECONDS and a second; after it the engine kills, and the exit code is 137. */
const STOP_SECONDS = 10

/** The service in a container that is locked down as in production. */
export interface ServiceContainer {
  url: string
  inspect: () => ReturnType<ReturnType<Engine['client']['container']['getById']>['inspect']>
  exec: StartedTestContainer['exec']
  /** Sends its process a signal. */
  kill: (signal: NodeJS.Signals) => Promise<void>
  /** The most that counted against the limit, and the most that the process had resident: pages of files that were read before count in the second alone. */
  peakMemory: () => Promise<string>
  /** SIGTERM, and SIGKILL when that does not help. */
  stop: () => Promise<{ exitCode: number, log: string }>
}

/** A container without a writable file system, in 256 MiB without swap: Testcontainers has no words of its own for these. */
class LockedContainer extends GenericContainer {
  constructor (image: string) {
    super(image)
    Object.assign(this.hostConfig, { ReadonlyRootfs: true, Memory: MEMORY_BYTES, MemorySwap: MEMORY_BYTES })
  }
}

/** Starts the service next to DynamoDB Local and the simulators, and waits until it is ready. */
export async function startService ({ client, network, labels }: Engine, image: string, environment: Record<string, string>): Promise<ServiceContainer> {
  const started = await new LockedContainer(image)
    .withDroppedCapabilities('ALL')
    .withSecurityOpt('no-new-privileges')
    .withLabels(labels)
    .withNetwork(network)
    .withNetworkAliases('service')
    .withExposedPorts(PORT)
    .withEnvironment(environment)
    .withWaitStrategy(Wait.forHttp('/readyz', PORT))
    .start()
  const container = client.container.getById(started.getId())
  return {
    url: `http://${started.getHost()}:${started.getMappedPort(PORT)}`,
    inspect: async () => await container.inspect(),
    exec: async (command) => await started.exec(command),
    async kill (signal) { await container.kill({ signal }) },
    async peakMemory () {
      const { output: bytes } = await started.exec(['sh', '-c', 'cat /sys/fs/cgroup/memory.peak 2>/dev/null || cat /sys/fs/cgroup/memory/memory.max_usage_in_bytes'])
      const { output: status } = await started.exec(['cat', '/proc/1/status'])
      const mib = (count: number) => `${Math.round(count / 1024 / 1024)} MiB`
      return `${mib(Number(bytes))} charged to the container, ${mib(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) * 1024)} resident in the process`
    },
    async stop () {
      await container.stop({ t: STOP_SECONDS })
      const { State } = await container.inspect()
      const log = await textOf({ client }, container.id)
      await container.remove()
      return { exitCode: State.ExitCode, log }
    }
  }
}

/** All that a container has written so far, both streams in one. */
export async function textOf ({ client }: Pick<Engine, 'client'>, containerId: string): Promise<string> {
  const frames = await client.container.getById(containerId).logs({ stdout: true, stderr: true })
  let text = ''
  // Docker Engine API, "Attach to a container", stream format: one byte says which stream, four at offset 4 how long the frame is.
  for (let at = 0; at < frames.length;) {
    const end = at + 8 + frames.readUInt32BE(at + 4)
    text += frames.toString('utf8', at + 8, end)
    at = end
  }
  return text
}
