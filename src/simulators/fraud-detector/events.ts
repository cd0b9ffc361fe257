import { Type } from '@sinclair/typebox'
import type { SimulatorClock } from '../aws/clock.ts'
import type { Account, EventType, StoredEvent } from './account.ts'
import type { Background } from './background.ts'
import { checkEvent, checkTimestamp, EventParts, findEventType } from './event-request.ts'
import type { FraudDetectorTimes } from './model-training.ts'
import { conflict, resourceNotFound, validation } from './refusal.ts'
import { Identifier, operation, type Operations, Timestamp } from './request-shape.ts'

const EventName = { eventId: Identifier, eventTypeName: Identifier }

/** SendEvent, GetEvent, UpdateEventLabel, DeleteEvent, DeleteEventsByEventType, GetDeleteEventsByEventTypeStatus: the events that are kept. */
export function createEventOperations (account: Account, { background, clock, times }: { background: Background, clock: SimulatorClock, times: FraudDetectorTimes }): Operations {
  const { events, deletions } = account
  const keyOf = ({ eventTypeName, eventId }: { eventTypeName: string, eventId: string }) => `${eventTypeName}/${eventId}`

  function demand (name: { eventTypeName: string, eventId: string }): StoredEvent {
    const event = events.get(keyOf(name))
    if (event === undefined) throw resourceNotFound(`Event ${name.eventId} of event type ${name.eventTypeName} does not exist.`)
    return event
  }

  async function removeAll (eventTypeName: string): Promise<void> {
    await clock.sleep(times.deletionMs)
    if (deletions.get(eventTypeName) !== 'IN_PROGRESS') return
    for (const [key, event] of events) {
      if (event.eventTypeName === eventTypeName) events.delete(key)
    }
    deletions.set(eventTypeName, 'COMPLETE')
  }

  return {
    SendEvent: operation(Type.Object({ ...EventName, ...EventParts, assignedLabel: Type.Optional(Identifier), labelTimestamp: Type.Optional(Timestamp) }), request => {
      const { eventId, eventTypeName, eventTimestamp, eventVariables, entities, assignedLabel, labelTimestamp } = request
      const eventType = findEventType(account, eventTypeName)
      checkEvent(account, eventType, request)
      refuseWhileDeleting(account, eventTypeName)
      if (eventType.eventIngestion !== 'ENABLED') throw validation(`Event type ${eventTypeName} does not keep events: eventIngestion is DISABLED.`)
      if ((assignedLabel === undefined) !== (labelTimestamp === undefined)) throw validation('assignedLabel and labelTimestamp go together.')
      if (assignedLabel !== undefined) checkLabel(eventType, assignedLabel)
      if (labelTimestamp !== undefined) checkTimestamp('labelTimestamp', labelTimestamp)
      const label = assignedLabel === undefined || labelTimestamp === undefined ? {} : { currentLabel: assignedLabel, labelTimestamp }
      events.set(keyOf(request), { eventId, eventTypeName, eventTimestamp, eventVariables, entities, ...label })
    }),
    GetEvent: operation(Type.Object(EventName), name => ({ event: demand(name) })),
    UpdateEventLabel: operation(Type.Object({ ...EventName, assignedLabel: Identifier, labelTimestamp: Timestamp }), ({ assignedLabel, labelTimestamp, ...name }) => {
      const eventType = findEventType(account, name.eventTypeName)
      checkTimestamp('labelTimestamp', labelTimestamp)
      refuseWhileDeleting(account, name.eventTypeName)
      checkLabel(eventType, assignedLabel)
      events.set(keyOf(name), { ...demand(name), currentLabel: assignedLabel, labelTimestamp })
    }),
    DeleteEvent: operation(Type.Object({ ...EventName, deleteAuditHistory: Type.Optional(Type.Boolean()) }), name => {
      events.delete(keyOf(name))
    }),
    DeleteEventsByEventType: operation(Type.Object({ eventTypeName: Identifier }), ({ eventTypeName }) => {
      findEventType(account, eventTypeName)
      refuseWhileDeleting(account, eventTypeName)
      deletions.set(eventTypeName, 'IN_PROGRESS')
      background.start(() => removeAll(eventTypeName))
      return { eventTypeName, eventsDeletionStatus: 'IN_PROGRESS_INITIALIZING' }
    }),
    GetDeleteEventsByEventTypeStatus: operation(Type.Object({ eventTypeName: Identifier }), ({ eventTypeName }) => {
      const eventsDeletionStatus = deletions.get(eventTypeName)
      if (eventsDeletionStatus === undefined) throw resourceNotFound(`No events of event type ${eventTypeName} are being deleted.`)
      return { eventTypeName, eventsDeletionStatus }
    })
  }
}

/** @throws AwsFault ConflictException while the events of the type are being deleted */
export function refuseWhileDeleting (account: Account, eventTypeName: string): void {
  if (account.deletions.get(eventTypeName) === 'IN_PROGRESS') throw conflict(`The events of event type ${eventTypeName} are being deleted.`)
}

function checkLabel (eventType: EventType, label: string): void {
  if (!eventType.labels.includes(label)) throw validation(`Label ${label} is not defined for event type ${eventType.name}.`)
}
