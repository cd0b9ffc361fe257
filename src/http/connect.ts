import { isUtf8 } from 'node:buffer'
import { Type, type Static } from '@sinclair/typebox'
import type { Answer } from '../domain/case.ts'
import type { Heard } from '../domain/contact-outcome.ts'
import { CHANNELS, type Channel } from '../domain/policy.ts'
import { RingfenceError } from '../errors.ts'
import type { ContactEvent, Log } from '../ports.ts'
import type { AnsweringContact, SettledAnswer } from '../usecases/settle-answer.ts'
import type { App } from './app-type.ts'
import { checkSignature, requireSignature, SIGNATURE_HEADER } from './auth.ts'
import { contactEventOf, ContactEventBody } from './contact-event.ts'
import { BODY_PROBLEMS, KEY_PROBLEMS, problems, STORE_PROBLEMS } from './problem.ts'
import { addComponents, CaseId, closedObject, component, jsonReply, oneOf } from './wire-format.ts'

const SIGNATURE_PROBLEMS = ['signature_missing', 'signature_invalid', 'signature_expired'] as const
const ContactId = Type.String({ pattern: '^(?!.*[0-9]{13})[A-Za-z0-9_-]{1,256}$', examples: ['4a573372-1f28-4e26-b97b-1f8c0a2b3c4d'] })

const FLOW_EVENT_EXAMPLE = {
  Name: 'ContactFlowEvent',
  Details: {
    ContactData: {
      ContactId: '5948cd58-0406-42a0-8de8-1c91ef3d7157',
      Channel: 'VOICE',
      Attributes: { CaseId: 'case_01a20562-446f-708a-a322-efd89151236e', AttemptId: 'attempt_01a20562-446f-708a-a322-efd89151236e_1' }
    },
    Parameters: { answer: 'fraud' }
  }
}

/** The flow's Lambda event, of which we read the least; Amazon adds fields. Source: Connect Administrator Guide, "Invoke Lambda functions". */
const FlowEvent = component('FlowEvent', Type.Object({
  Name: Type.Literal('ContactFlowEvent'),
  Details: Type.Object({
    ContactData: Type.Object({
      ContactId,
      Attributes: Type.Object({ CaseId, AttemptId: Type.String({ maxLength: 100, pattern: '^attempt_[0-9a-f-]{36}_[0-9]{1,3}$' }) })
    }),
    Parameters: Type.Object({
      answer: oneOf(['genuine', 'fraud', 'none', 'opt_out'], { description: 'Which key was pressed: 1, 2, none that counts, or 9.' }),
      heard: Type.Optional(oneOf(['nothing', 'key', ''], { description: 'With `none`: whether any key or reply came; empty, as an attribute that was never set, is nothing. Who picked up and was silent is taken for a voicemail.' })),
      channels: Type.Optional(Type.String({ pattern: '^((voice|sms)(,(voice|sms))*)?$', description: 'With `opt_out`: what they want no more of. Empty: the channel of the contact.', examples: ['voice'] }))
    })
  })
}, { description: 'The Lambda event of the contact flow, as Amazon Connect makes it. Fields that are not named here are ignored.', examples: [FLOW_EVENT_EXAMPLE] }))

const FlowReply = component('FlowReply', closedObject({
  result: oneOf(['blocked', 'active', 'already_answered', 'unsettled', 'noted', 'opted_out'], {
    description: '`blocked`, `active`: what the card is now. `already_answered`: another answer stands. `unsettled`: the card is not what the answer asks for; promise nothing. `noted`: no answer was given. `opted_out`: no more contacts of that kind will be started.'
  })
}, { description: 'A flat map of text, which is all that a contact flow can read.' }))

const EventReply = component('ContactEventReply', closedObject({ recorded: Type.Boolean({ description: 'Whether the event tells anything that is kept.' }) }))

export interface ConnectRoutesOptions {
  settleAnswer: (log: Log, caseId: string, answer: Answer, who: string, via: AnsweringContact) => Promise<SettledAnswer>
  noteNoAnswer: (log: Log, caseId: string, via: AnsweringContact, heard?: Heard) => Promise<void>
  optOut: (log: Log, caseId: string, channels: readonly Channel[], via: AnsweringContact) => Promise<void>
  takeContactEvent: (log: Log, event: ContactEvent) => Promise<void>
  bridgeSecret: string
  nowMs: () => number
}

/** Amazon Connect's way in: answers from the contact flow through the bridge, and contact events. */
export async function connectRoutes (app: App, options: ConnectRoutesOptions): Promise<void> {
  const { settleAnswer, noteNoAnswer, optOut, takeContactEvent, bridgeSecret, nowMs } = options

  // Whatever the body is, and whether there is any: who is not let in is told nothing else.
  app.addHook('onRequest', async ({ callerName, headers }) => {
    if (callerName === '') requireSignature(headerText(headers[SIGNATURE_HEADER]))
  })
  app.addHook('preValidation', async ({ callerName, headers, body }) => {
    // An empty body is never parsed.
    if (callerName === '' && body === undefined) checkSignature(headerText(headers[SIGNATURE_HEADER]), Buffer.alloc(0), bridgeSecret, nowMs())
  })

  // Here and not in a hook: the signature is over the bytes, and nothing of an unsigned body is read.
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      // A route that takes keys, too, has let one in before, or left it to the signature.
      if (request.callerName === '') checkSignature(headerText(request.headers[SIGNATURE_HEADER]), body as Buffer, bridgeSecret, nowMs())
      done(null, parseJson(body as Buffer))
    } catch (error) {
      done(error as Error)
    }
  })

  const tags = ['connect']
  addComponents(app, [FlowEvent, FlowReply, ContactEventBody, EventReply])

  app.post('/v1/connect/answers', {
    schema: {
      tags,
      security: [{ bridgeSignature: [] }],
      operationId: 'answerFromFlow',
      summary: "Take a contact flow's answer (the bridge)",
      description: 'Settles case and card, then tells what is true, for the flow to say. May be repeated.',
      body: FlowEvent,
      response: {
        200: jsonReply('What the flow may say.', FlowReply, { result: 'blocked' }),
        ...problems(...BODY_PROBLEMS, ...SIGNATURE_PROBLEMS, 'case_not_found', 'attempt_not_found', 'contact_mismatch', ...STORE_PROBLEMS, 'state_contended')
      }
    }
  }, async (request) => {
    const { ContactData, Parameters } = request.body.Details
    const { CaseId: caseId, AttemptId: attemptId } = ContactData.Attributes
    const via = { attemptId, contactId: ContactData.ContactId }
    if (Parameters.answer === 'none') {
      await noteNoAnswer(request.log, caseId, via, Parameters.heard === '' ? 'nothing' : Parameters.heard)
      return { result: 'noted' as const }
    }
    if (Parameters.answer === 'opt_out') {
      await optOut(request.log, caseId, CHANNELS.filter((channel) => Parameters.channels?.split(',').includes(channel) === true), via)
      return { result: 'opted_out' as const }
    }
    return { result: toResult(Parameters.answer, await settleAnswer(request.log, caseId, Parameters.answer, 'cardholder', via)) }
  })

  app.post('/v1/connect/events', {
    config: { scope: 'events:write', orSignature: true },
    schema: {
      tags,
      security: [{ bridgeSignature: [] }, { apiKey: [] }],
      operationId: 'recordContactEvent',
      summary: 'Take an Amazon Connect contact event',
      description: 'From EventBridge, through the bridge with its signature or through an API destination with a key; either is enough. Recorded once, by its id; may come twice, late, and in any order. ' +
        'A contact that is over without an answer ends its attempt, and the ladder goes on. What tells nothing, and what is not about a contact that was started by API, is not kept.',
      body: ContactEventBody,
      response: {
        202: jsonReply('Taken.', EventReply, { recorded: true }),
        ...problems(...BODY_PROBLEMS, ...SIGNATURE_PROBLEMS, ...KEY_PROBLEMS, ...STORE_PROBLEMS)
      }
    }
  }, async (request, reply) => {
    const event = contactEventOf(request.body, nowMs())
    if (event !== undefined) await takeContactEvent(request.log, event)
    reply.code(202)
    return { recorded: event !== undefined }
  })
}

/** What is true of the card now; "active" is no comfort to somebody who pressed 2. */
function toResult (answer: Answer, { verdict, case: settled, cardIsBlocked, cardIsTheirs }: SettledAnswer): Static<typeof FlowReply>['result'] {
  if (!cardIsTheirs || settled.ending === 'customer_gone') return 'unsettled'
  if (verdict === 'refused') return 'already_answered'
  if (cardIsBlocked) return 'blocked'
  return answer === 'genuine' ? 'active' : 'unsettled'
}

function headerText (header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header
}

function parseJson (body: Buffer): unknown {
  if (!isUtf8(body)) throw new RingfenceError('malformed_json', { detail: 'The body is not UTF-8.' })
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (error) {
    throw new RingfenceError('malformed_json', { cause: error })
  }
}
