import type { Metrics } from '../ports.ts'

/** The part of an AWS client that is used here; the clients' own types are generic beyond use. */
interface TimedClient {
  middlewareStack: { add: (middleware: any, options: { step: 'initialize', name: string }) => void }
}

/** Times every call of an AWS client, its retries included, by service and operation. */
export function timeCalls<C extends TimedClient> (client: C, service: 'dynamodb' | 'connect', metrics: Metrics): C {
  client.middlewareStack.add((next: (args: unknown) => Promise<unknown>, context: { commandName?: string }) => async (args: unknown) => {
    const startMs = performance.now()
    const tell = (isDone: boolean) => { metrics.awsCalled(service, (context.commandName ?? 'unknown').replace(/Command$/, ''), isDone, performance.now() - startMs) }
    try {
      const result = await next(args)
      tell(true)
      return result
    } catch (error) {
      // A condition that does not hold is an answer.
      tell(error instanceof Error && error.name === 'ConditionalCheckFailedException')
      throw error
    }
  }, { step: 'initialize', name: 'ringfenceTimer' })
  return client
}
