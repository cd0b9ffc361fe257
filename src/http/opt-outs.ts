import { Type, type Static } from '@sinclair/typebox'
import type { Customer } from '../domain/customer.ts'
import type { Channel } from '../domain/policy.ts'
import type { Log } from '../ports.ts'
import type { App } from './app-type.ts'
import { KEY_PROBLEMS, problems, STORE_PROBLEMS } from './problem.ts'
import { addComponents, ChannelName, closedObject, component, CustomerId, jsonReply, Timestamp, timestamp } from './wire-format.ts'

/** One channel that a cardholder wants no more of. */
export const OptOut = component('OptOut', closedObject({
  channel: ChannelName,
  at: Timestamp,
  via: Type.String({ description: 'The channel of the contact in which they said so, or the API key that set it.', examples: ['voice'] })
}))

/** What a cardholder wants no more of. */
export const OptOuts = Type.Array(OptOut, { description: 'Channels that the cardholder wants no more of. They outlive every PUT of the cardholder.' })

const OptOutReply = component('OptOutList', closedObject({ customerId: CustomerId, optOuts: OptOuts }))
const EXAMPLE: Static<typeof OptOutReply> = { customerId: 'u82-1alz-RI301', optOuts: [{ channel: 'voice', at: '2026-11-22T10:00:41.000Z', via: 'voice' }] }

export interface OptOutRoutesOptions {
  optOut: (log: Log, customerId: string, channel: Channel, via: string) => Promise<Customer>
  takeBackOptOut: (log: Log, customerId: string, channel: Channel, via: string) => Promise<Customer>
}

/** Set a cardholder's opt-out, or take it back, on their behalf. */
export async function optOutRoutes (app: App, { optOut, takeBackOptOut }: OptOutRoutesOptions): Promise<void> {
  const params = closedObject({ customerId: CustomerId, channel: ChannelName })
  // Many clients send a content-type, or an empty object, with every PUT and DELETE.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _body, done) => { done(null) })
  addComponents(app, [OptOut, OptOutReply])
  const base = {
    tags: ['customers'],
    security: [{ apiKey: [] }],
    params,
    response: { 200: jsonReply('What the cardholder has opted out of after it.', OptOutReply, EXAMPLE), ...problems('validation_failed', ...KEY_PROBLEMS, 'customer_not_found', ...STORE_PROBLEMS) }
  }

  app.put('/v1/customers/:customerId/opt-outs/:channel', {
    config: { scope: 'customers:write' },
    schema: { ...base, operationId: 'optOut', summary: 'Note that a cardholder wants no more contacts on a channel', description: 'Honoured from the next attempt on. May be repeated; the first one stands.' }
  }, async (request) => toReply(await optOut(request.log, request.params.customerId, request.params.channel, `key ${request.callerName}`)))

  app.delete('/v1/customers/:customerId/opt-outs/:channel', {
    config: { scope: 'customers:write' },
    schema: { ...base, operationId: 'takeBackOptOut', summary: 'Take an opt-out back, because the cardholder asked for it', description: 'May be repeated.' }
  }, async (request) => toReply(await takeBackOptOut(request.log, request.params.customerId, request.params.channel, `key ${request.callerName}`)))
}

/** Opt-outs as the contract shows them. */
export function presentOptOuts ({ optOuts }: Customer): Static<typeof OptOuts> {
  return optOuts.map(({ channel, atMs, via }) => ({ channel, at: timestamp(atMs), via }))
}

function toReply (customer: Customer): Static<typeof OptOutReply> {
  return { customerId: customer.customerId, optOuts: presentOptOuts(customer) }
}
