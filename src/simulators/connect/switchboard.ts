import { randomUUID } from 'node:crypto'
import type { SimulatedTime, SimulatorClock } from '../aws/clock.ts'
import type { Contact, DisconnectReason } from './contact.ts'
import { buildContactEvent, type ContactEvent, type ContactEventType } from './contact-event.ts'
import type { Flow } from '../../flow-language/flow-document.ts'
import { interpretFlow } from './flow-interpreter.ts'
import type { LambdaFunction } from './lambda-invocation.ts'
import { createLine, type Line } from './line.ts'
import { createPhone, type PhoneBehaviour } from './phone.ts'

/** What a call is started with; every value has been checked before. */
export interface CallRequest {
  clientToken: string | null
  flowId: string
  destination: string
  source: string
  attributes: Record<string, string>
  ringTimeoutMs: number
  name: string | null
  description: string | null
  relatedContactId: string | null
}

/** A call: its record, its line, and the moment when all of it is done. */
export interface Call {
  contact: Contact
  line: Line
  /** Resolves when the call has ended and no Lambda function of it is in flight. */
  settled: Promise<void>
}

/** All calls and phones of one instance. */
export type Switchboard = ReturnType<typeof createSwitchboard>

/** Places calls, runs their flows, and remembers them. */
export function createSwitchboard ({ flows, lambdas, clock, lambdaClock, region, accountId, instanceId, instanceArn, onContactEvent, onChange }: {
  flows: ReadonlyMap<string, Flow>
  lambdas: Readonly<Record<string, LambdaFunction>>
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

  async function run (contact: Contact, line: Line): Promise<void> {
    emit(contact, 'INITIATED')
    const ringing = await line.ring()
    if (ringing !== 'picked_up') return end(contact, ringing)
    contact.state = 'connected'
    contact.connectedAtMs = clock.nowMs()
    emit(contact, 'CONNECTED_TO_SYSTEM')
    const flow = flows.get(contact.flowId)
    if (flow !== undefined) await interpretFlow({ flow, contact, line, clock, region, instanceArn, lambdas, lambdaClock })
    end(contact, contact.flowError === null ? 'CONTACT_FLOW_DISCONNECT' : 'OTHER')
    // A Lambda function may have replied after the hang-up.
    noteChange(contact)
  }

  /** Resolves when every call placed so far is settled. */
  async function settle (): Promise<void> {
    await Promise.all([...calls.values()].map(call => call.settled))
  }

  return {
    /** Places a call and returns at once. */
    dial (request: CallRequest): Contact {
      const nowMs = clock.nowMs()
      const contact: Contact = {
        ...request,
        contactId: randomUUID(),
        startedAtMs: nowMs,
        updatedAtMs: nowMs,
        revision: 0,
        state: 'ringing',
        connectedAtMs: null,
        endedAtMs: null,
        disconnectReason: null,
        flowError: null,
        transcript: [],
        keys: [],
        lambdaInvocations: []
      }
      const line = createLine({
        contact,
        phone: createPhone(phones.get(request.destination)),
        clock,
        onChange: () => noteChange(contact),
        onOver: reason => end(contact, reason)
      })
      const settled = Promise.resolve().then(() => run(contact, line)).catch((error: unknown) => {
        contact.flowError ??= `the simulator failed: ${error instanceof Error ? error.message : String(error)}`
        end(contact, 'OTHER')
      })
      calls.set(contact.contactId, { contact, line, settled })
      return contact
    },
    find: (contactId: string): Call | undefined => calls.get(contactId),
    /** Oldest first. */
    list: (): Contact[] => [...calls.values()].map(call => call.contact),
    countActive: (): number => [...calls.values()].filter(call => call.contact.state !== 'ended').length,
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
    }
  }
}
