import type { Metrics } from '../../ports.ts'

/** The part of an AWS client that is used here; the clients' own types are generic beyond use. */
interface Client {
  send: (command: any, options?: any) => Promise<any>
}

/** Times every call that is made by an AWS client, its retries included, by service and operation. */
export function timeCalls<C extends { send: unknown }> (client: C, service: 'dynamodb' | 'connect', metrics: Metrics): Pick<C, 'send'> {
  const { send } = client as Client
  const operations = new Map<unknown, string>()
  function operationOf ({ constructor }: { constructor: { name: string } }): string {
    let operation = operations.get(constructor)
    if (operation === undefined) operations.set(constructor, operation = constructor.name.replace(/Command$/, ''))
    return operation
  }
  async function timedSend (command: { constructor: { name: string } }, options: unknown): Promise<unknown> {
    const startMs = performance.now()
    let isDone = false
    try {
      const result: unknown = await send.call(client, command, options)
      isDone = true
      return result
    } catch (error) {
      // A condition that does not hold is an answer.
      isDone = error instanceof Error && error.name === 'ConditionalCheckFailedException'
      throw error
    } finally {
      metrics.awsCalled(service, operationOf(command), isDone, performance.now() - startMs)
    }
  }
  return { send: timedSend } as Pick<C, 'send'>
}
