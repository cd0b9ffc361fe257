import { Type, type Static } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import { ControlFault, guardControlApi } from '../aws/control-guard.ts'
import { presentContact } from './contact.ts'
import type { createChangeStream } from './change-stream.ts'
import { EventDeliverySchema, type createEventDelivery, type EventDelivery } from './event-delivery.ts'
import { InjectedFaultSchema, type createConnectFaults, type InjectedFault } from './fault-injection.ts'
import { PhoneBehaviourSchema, type PhoneBehaviour } from './phone.ts'
import { QuotasChangeSchema, type createQuotas, type QuotasChange } from './quotas.ts'
import { tellStory, type StorySource } from './story.ts'
import type { Call, Switchboard } from './switchboard.ts'

const NumberPath = Type.Object({ e164: Type.String({ pattern: '^\\+[1-9]\\d{1,14}$' }) })
const ContactPath = Type.Object({ contactId: Type.String({ minLength: 1, maxLength: 256 }) })
const KeyPress = Type.Object({ key: Type.String({ pattern: '^[0-9*#]$' }) }, { additionalProperties: false })
const TextMessage = Type.Object({ text: Type.String({ minLength: 1, maxLength: 1600 }) }, { additionalProperties: false })
const HangUp = Type.Optional(Type.Union([Type.Null(), Type.Object({
  reason: Type.Optional(Type.Union([Type.Literal('CUSTOMER_DISCONNECT'), Type.Literal('IDLE_DISCONNECT'), Type.Literal('EXPIRED')], { description: 'Of a text conversation; CUSTOMER_DISCONNECT by default.' }))
}, { additionalProperties: false })]))
const NoBody = Type.Optional(Type.Union([Type.Null(), Type.Object({}, { additionalProperties: false })]))

/** The control API under `/_simulator`: scripted phones, a human's hands, injected faults, and what the phone page reads. */
export function registerControlApi (app: FastifyInstance, { switchboard, faults, quotas, delivery, changes, reset, ringfence, config, publicHosts }: {
  switchboard: Switchboard
  faults: ReturnType<typeof createConnectFaults>
  quotas: ReturnType<typeof createQuotas>
  delivery: ReturnType<typeof createEventDelivery>
  changes: ReturnType<typeof createChangeStream>
  reset: () => Promise<void>
  ringfence: StorySource | undefined
  config: () => Record<string, unknown>
  publicHosts?: readonly string[] | undefined
}): void {
  guardControlApi(app, publicHosts)

  function findCall (contactId: string): Call {
    const call = switchboard.find(contactId)
    if (call === undefined) throw new ControlFault(404, 'There is no such contact.')
    return call
  }

  function act (contactId: string, perform: (call: Call) => boolean, whyNot: string) {
    const call = findCall(contactId)
    if (!perform(call)) throw new ControlFault(409, whyNot)
    return presentContact(call.contact)
  }

  app.get('/config', async () => config())
  app.get('/phones', async () => switchboard.listPhones())
  app.put<{ Params: Static<typeof NumberPath>, Body: PhoneBehaviour }>('/phones/:e164', { schema: { params: NumberPath, body: PhoneBehaviourSchema } }, async request => {
    switchboard.setPhone(request.params.e164, request.body)
    return { e164: request.params.e164, ...request.body }
  })
  app.delete<{ Params: Static<typeof NumberPath> }>('/phones/:e164', { schema: { params: NumberPath } }, async (request, reply) => {
    if (!switchboard.forgetPhone(request.params.e164)) throw new ControlFault(404, 'This phone has no behaviour.')
    return reply.code(204).send()
  })

  app.get('/contacts', async () => ({ contacts: switchboard.list().map(presentContact) }))
  app.get<{ Params: Static<typeof ContactPath> }>('/contacts/:contactId', { schema: { params: ContactPath } }, async request =>
    presentContact(findCall(request.params.contactId).contact))
  app.post<{ Params: Static<typeof ContactPath> }>('/contacts/:contactId/pick-up', { schema: { params: ContactPath, body: NoBody } }, async request =>
    act(request.params.contactId, call => call.line.pickUp(), 'The phone does not ring.'))
  app.post<{ Params: Static<typeof ContactPath> }>('/contacts/:contactId/decline', { schema: { params: ContactPath, body: NoBody } }, async request =>
    act(request.params.contactId, call => call.line.decline(), 'The phone does not ring.'))
  app.post<{ Params: Static<typeof ContactPath>, Body: Static<typeof HangUp> }>('/contacts/:contactId/hang-up', { schema: { params: ContactPath, body: HangUp } }, async request =>
    act(request.params.contactId, call => call.line.hangUp(call.thread === undefined ? undefined : request.body?.reason), 'Nobody is on the phone.'))
  app.post<{ Params: Static<typeof ContactPath>, Body: Static<typeof KeyPress> }>('/contacts/:contactId/keys', { schema: { params: ContactPath, body: KeyPress } }, async request =>
    act(request.params.contactId, call => call.line.pressKey(request.body.key), 'Nobody is on the phone.'))
  app.post<{ Params: Static<typeof ContactPath>, Body: Static<typeof TextMessage> }>('/contacts/:contactId/messages', { schema: { params: ContactPath, body: TextMessage } }, async request =>
    act(request.params.contactId, call => call.thread?.receive(request.body.text) === true, 'There is no text conversation here, or it is over.'))

  app.get('/faults', async () => faults.show())
  app.put<{ Body: InjectedFault }>('/faults', { schema: { body: InjectedFaultSchema } }, async request => {
    faults.set(request.body)
    return faults.show()
  })
  app.get('/quotas', async () => quotas.show())
  app.put<{ Body: QuotasChange }>('/quotas', { schema: { body: QuotasChangeSchema } }, async request => {
    quotas.set(request.body)
    return quotas.show()
  })
  app.get('/contact-events', async () => delivery.show())
  app.put<{ Body: EventDelivery }>('/contact-events', { schema: { body: EventDeliverySchema } }, async request => {
    delivery.set(request.body)
    return delivery.show()
  })
  app.post('/reset', { schema: { body: NoBody } }, async (_request, reply) => {
    await reset()
    return reply.code(204).send()
  })

  app.get<{ Params: Static<typeof ContactPath> }>('/story/:contactId', { schema: { params: ContactPath } }, async (request, reply) => {
    const { status, body } = await tellStory(findCall(request.params.contactId).contact.attributes['CaseId'], ringfence)
    return reply.code(status).send(body)
  })
  app.get('/events', async (_request, reply) => {
    reply.hijack()
    changes.open(reply.raw)
  })
}
