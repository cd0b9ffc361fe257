import { Type } from '@sinclair/typebox'
import Fastify, { LogController, type FastifyBaseLogger } from 'fastify'
import { guardControlApi } from '../aws/control-guard.ts'
import { createS3Faults, type InjectedFault, InjectedFaultSchema } from './fault-injection.ts'
import { createObjectStore } from './object-store.ts'
import { registerS3Api } from './s3-api.ts'

/** What the S3 simulator is made of. */
export interface S3SimulatorOptions {
  region: string
  /** The memory for all objects; 512 MiB by default. */
  maxBytes?: number
  nowMs?: () => number
  logger?: FastifyBaseLogger
}

const NoBody = Type.Optional(Type.Union([Type.Null(), Type.Object({}, { additionalProperties: false })]))

/** Makes a stand-in for Amazon S3 that keeps its objects in memory: buckets, and objects in one piece. */
export function createS3Simulator ({ region, maxBytes = 512 * 1024 ** 2, nowMs = Date.now, logger }: S3SimulatorOptions) {
  const store = createObjectStore({ maxBytes, nowMs })
  const faults = createS3Faults()
  let url: string | undefined
  const app = Fastify({
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
    ...logger === undefined ? {} : { loggerInstance: logger }
  })

  function reset (): void {
    store.reset()
    faults.set({ fault: 'none' })
  }

  app.register(async aws => registerS3Api(aws, { store, region, faults }))
  // No bucket can have this name: bucket names hold no underscore.
  app.register(async control => {
    guardControlApi(control)
    control.get('/faults', async () => faults.show())
    control.put<{ Body: InjectedFault }>('/faults', { schema: { body: InjectedFaultSchema } }, async request => {
      faults.set(request.body)
      return faults.show()
    })
    control.get('/objects', async () => ({
      objects: store.buckets().flatMap(bucket => [...store.demandBucket(bucket)].map(([key, { content, contentType }]) => ({ bucket, key, bytes: content.length, contentType })))
    }))
    control.post('/reset', { schema: { body: NoBody } }, async (_request, reply) => {
      reset()
      return reply.code(204).send()
    })
  }, { prefix: '/_simulator' })

  return {
    /** Opens the port; 0 takes any that is free. Host 127.0.0.1 by default. @returns the base URL */
    async listen ({ port, host = '127.0.0.1' }: { port: number, host?: string }): Promise<string> {
      url = await app.listen({ port, host })
      return url
    },
    /** The base URL. @throws Error before {@link listen} */
    get url (): string {
      if (url === undefined) throw new Error('the S3 simulator does not listen yet')
      return url
    },
    /** The bytes of an object; `undefined` when there is no such bucket or key. */
    read: (bucket: string, key: string): Uint8Array | undefined => store.find(bucket, key)?.content,
    /** Makes a bucket without a request. */
    createBucket: (bucket: string): void => store.createBucket(bucket),
    setFault: (fault: InjectedFault): void => faults.set(fault),
    /** Forgets buckets, objects and faults. */
    reset,
    close: (): Promise<void> => app.close()
  }
}
