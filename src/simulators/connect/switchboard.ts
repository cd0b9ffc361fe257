import { randomUUID } from 'node:crypto'
import type { SimulatedTime, SimulatorClock } from '../aws/clock.ts'
import type { Contact, DisconnectReason } from './contact.ts'
import { buildContactEvent, type ContactEvent, type ContactEventType } from './contact-event.ts'
import type { Flow } from '../../flow-language/flow-document.ts'
import { interpretFlow } from './flow-interpreter.ts'
import type { LambdaFunction } from './lambda-invocation.ts'
import type { LexBot } from './lex-bot.ts'
import { createLine, type Line } from './line.ts'
import { createPhone, type PhoneBehaviour } from './phone.ts'
import { createThread, type OptOutList, type Thread } from './thread.ts'

/** What a call or a text conversation is started with; every value has been checked before. */
export interface CallRequest {
  channel: Contact['channel']
  clientToken: string | null
  flowId: string
  destination: string
  source: string
  attributes: Record<string, string>
  segmentAttributes: Contact['segmentAttributes']
  ringTimeoutMs: number
  chatDurationMs: number | null
  /** A text that goes out before the flow begins. */
  firstMessage: string | null
  name: string | null
  description: string | null
  relatedContactId: string | null
}

/** A contact: its record, its line, and the moment when all of it is done. */
export interface Call {
  contact: Contact
  line: Line
  /** The line of a text conversation, once more; `undefined` in a call. */
  thread: Thread | undefined
  /** Resolves when the call has ended and no Lambda function of it is in flight. */
  settled: Promise<void>
}

/** All calls and phones of one instance. */
export type Switchboard = ReturnType<typeof createSwitchboard>

/** Places calls, runs their flows, and remembers them. */
export function createSwitchboard ({ flows, lambdas, lexBots, clock, lambdaClock, region, accountId, instanceId, instanceArn, onContactEvent, onChange }: {
  flows: ReadonlyMap<string, Flow>
  lambdas: Readonly<Record<string, LambdaFunction>>
  lexBots: Readonly<Record<string, LexBot>>
  clock: SimulatedTime
  lambdaClock: SimulatorClock
  region: string
  accountId: string
  instanceId: string
  instanceArn: string
  onContactEvent: (event: ContactEvent) => void
  onChange: (contact: Contact) => void
}) {
  const calls = new Map<string, Call>()
  const phones = new Map<string, PhoneBehaviour>()
  const optedOut: OptOutList = new Set()

  function noteChange (contact: Contact): void {
    contact.revision++
    onChange(contact)
  }

  function emit (contact: Contact, type: ContactEventType): void {
    contact.updatedAtMs = clock.nowMs()
    onContactEvent(buildContactEvent(contact, type, { instanceArn, instanceId, region, accountId, nowMs: clock.nowMs() }))
    noteChange(contact)
  }

  function end (contact: Contact, reason: DisconnectReason): void {
    if (contact.state === 'ended') return
    contact.state = 'ended'
    contact.endedAtMs = clock.nowMs()
    contact.disconnectReason = reason
    emit(contact, 'DISCONNECTED')
  }

  async function run (contact: Contact, line: Line, thread: Thread | undefined): Promise<void> {
    emit(contact, 'INITIATED')
    const ringing = await line.ring()
    if (ringing !== 'picked_up') return end(contact, ringing)
    contact.state = 'connected'
    contact.connectedAtMs = clock.nowMs()
    emit(contact, 'CONNECTED_TO_SYSTEM')
    const flow = flows.get(contact.flowId)
    if (flow !== undefined) await interpretFlow({ flow, contact, line, thread, clock, region, instanceArn, lambdas, lexBots, lambdaClock })
    end(contact, contact.flowError === null ? 'CONTACT_FLOW_DISCONNECT' : failureOf(contact))
    // A Lambda function may have replied after the hang-up.
    noteChange(contact)
  }

  /** Resolves when every call placed so far is settled. */
  async function settle (): Promise<void> {
    await Promise.all([...calls.values()].map(call => call.settled))
  }

  return {
    /** Places a call, or opens a text conversation, and returns at once. */
    dial ({ firstMessage, ...request }: CallRequest): Contact {
      const nowMs = clock.nowMs()
      const contact: Contact = {
        ...request,
        contactId: randomUUID(),
        startedAtMs: nowMs,
        updatedAtMs: nowMs,
        revision: 0,
        languageCode: 'en-US',
        state: request.channel === 'CHAT' ? 'connected' : 'ringing',
        connectedAtMs: null,
        endedAtMs: null,
        disconnectReason: null,
        flowError: null,
        transcript: [],
        keys: [],
        lambdaInvocations: []
      }
      const parts = {
        contact,
        phone: createPhone(phones.get(request.destination)),
        clock,
        onChange: () => noteChange(contact),
        onOver: (reason: DisconnectReason) => end(contact, reason)
      }
      const thread = request.chatDurationMs === null ? undefined : createThread({ ...parts, durationMs: request.chatDurationMs, optedOut })
      const line = thread ?? createLine(parts)
      if (firstMessage !== null) thread?.send(firstMessage)
      const settled = Promise.resolve().then(() => run(contact, line, thread)).catch((error: unknown) => {
        contact.flowError ??= `the simulator failed: ${error instanceof Error ? error.message : String(error)}`
        end(contact, failureOf(contact))
      })
      calls.set(contact.contactId, { contact, line, thread, settled })
      return contact
    },
    find: (contactId: string): Call | undefined => calls.get(contactId),
    /** Oldest first. */
    list: (): Contact[] => [...calls.values()].map(call => call.contact),
    countActive: (channel: Contact['channel']): number => [...calls.values()].filter(({ contact }) => contact.channel === channel && contact.state !== 'ended').length,
    setPhone (number: string, behaviour: PhoneBehaviour): void {
      phones.set(number, behaviour)
    },
    forgetPhone: (number: string): boolean => phones.delete(number),
    listPhones: (): Record<string, PhoneBehaviour> => Object.fromEntries(phones),
    /** Ends every call and resolves when all are settled. */
    async endAll (): Promise<void> {
      for (const { line } of calls.values()) line.hangUp('OTHER')
      await settle()
    },
    settle,
    forgetAll (): void {
      calls.clear()
      phones.clear()
      optedOut.clear()
    }
  }
}

function failureOf ({ channel }: Contact): DisconnectReason {
  return channel === 'CHAT' ? 'SYSTEM_ERROR' : 'OTHER'
}
