import type { Metrics } from '../../ports.ts'

/** The part of an AWS client that is used here; the clients' own types are generic beyond use. */
interface Client {
  send: (command: any, options?: any) => Promise<any>
}

/** Times every call that is made by an AWS client, its retries included, by service and operation. */
export function timeCalls<C extends { send: unknown }> (client: C, service: 'dynamodb' | 'connect', metrics: Metrics): Pick<C, 'send'> {
  const { send } = client as Client
  async function timedSend (command: { constructor: { name: string } }, options: unknown): Promise<unknown> {
    const startMs = performance.now()
    const tell = (isDone: boolean) => { metrics.awsCalled(service, command.constructor.name.replace(/Command$/, ''), isDone, performance.now() - startMs) }
    try {
      const result: unknown = await send.call(client, command, options)
      tell(true)
      return result
    } catch (error) {
      // A condition that does not hold is an answer.
      tell(error instanceof Error && error.name === 'ConditionalCheckFailedException')
      throw error
    }
  }
  return { send: timedSend } as Pick<C, 'send'>
}
