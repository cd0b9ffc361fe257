import { Type, type Static, type TObject } from '@sinclair/typebox'
import type { Account, EventType, Variable } from './account.ts'
import { resourceNotFound, validation } from './refusal.ts'
import { Timestamp } from './request-shape.ts'

/** Who an event is about; `UNKNOWN` stands for nobody known. */
const Entities = Type.Array(Type.Object({
  entityType: Type.String(),
  entityId: Type.String({ minLength: 1, maxLength: 256, pattern: '^[0-9A-Za-z_.@+-]+$' })
}))

/** Texts by variable name. */
const EventVariables = Type.Record(Type.String(), Type.String({ minLength: 1, maxLength: 8192 }), { minProperties: 1 })

/** What SendEvent and GetEventPrediction tell of an event. */
export const EventParts = { eventTimestamp: Timestamp, eventVariables: EventVariables, entities: Entities }

const UTC = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z$/
const MAX_INPUTS = 5000

/** The event type of this name. @throws AwsFault ResourceNotFoundException */
export function findEventType (account: Account, name: string): EventType {
  const eventType = account.eventTypes.get(name)
  if (eventType === undefined) throw resourceNotFound(`EventType ${name} does not exist.`)
  return eventType
}

/** Checks a moment in ISO 8601, UTC. The service's exact grammar is not documented; this takes its narrowest reading. @throws AwsFault ValidationException */
export function checkTimestamp (name: string, text: string): void {
  // A day that there is not, such as 30 February, is read as one of the next month.
  if (!UTC.test(text) || Number.isNaN(Date.parse(text)) || !new Date(text).toISOString().startsWith(text.slice(0, 19))) throw validation(`${name} must be in ISO 8601 format and in UTC, such as 2026-11-22T10:00:00Z.`)
}

/** Checks an event against its type. @throws AwsFault ValidationException */
export function checkEvent (account: Account, eventType: EventType, { eventTimestamp, eventVariables, entities }: Static<TObject<typeof EventParts>>): void {
  checkTimestamp('eventTimestamp', eventTimestamp)
  const names = Object.keys(eventVariables)
  if (names.length > MAX_INPUTS) throw validation(`An event may have at most ${MAX_INPUTS} inputs.`)
  for (const name of names) {
    if (name.length < 1 || name.length > 64) throw validation('The names of eventVariables must have 1 to 64 characters.')
    const variable = eventType.eventVariables.includes(name) ? account.variables.get(name) : undefined
    if (variable === undefined) throw validation(`Variable ${name} is not defined for event type ${eventType.name}.`)
    if (parseValue(variable.dataType, eventVariables[name]!) === null) throw validation(`The value of variable ${name} is not of its data type ${variable.dataType}.`)
  }
  if (entities.length === 0) throw validation('entities must not be empty.')
  for (const { entityType } of entities) {
    if (!eventType.entityTypes.includes(entityType)) throw validation(`Entity type ${entityType} is not defined for event type ${eventType.name}.`)
  }
}

/** Reads the text of a variable's value; `null` when it is not of the type. */
export function parseValue (dataType: Variable['dataType'], text: string): number | string | boolean | null {
  const trimmed = text.trim()
  switch (dataType) {
    case 'STRING': return text
    case 'BOOLEAN': return /^(true|false)$/i.test(trimmed) ? trimmed.toLowerCase() === 'true' : null
    case 'INTEGER': return /^[+-]?\d+$/.test(trimmed) ? Number(trimmed) : null
    case 'FLOAT': return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(trimmed) ? Number(trimmed) : null
    case 'DATETIME': return Number.isNaN(Date.parse(trimmed)) ? null : trimmed
  }
}
