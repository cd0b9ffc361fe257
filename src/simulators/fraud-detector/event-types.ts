import { Type } from '@sinclair/typebox'
import type { Account, EventType } from './account.ts'
import { firstOf } from './names.ts'
import { pageThrough } from './page.ts'
import { conflict, resourceNotFound, validation } from './refusal.ts'
import { Description, Identifier, Names, oneOf, operation, type Operations, pageOf } from './request-shape.ts'

const PutRequest = Type.Object({
  name: Identifier,
  description: Description,
  eventVariables: Names,
  entityTypes: Names,
  labels: Type.Optional(Type.Array(Type.String())),
  eventIngestion: Type.Optional(oneOf(['ENABLED', 'DISABLED'])),
  eventOrchestration: Type.Optional(Type.Object({ eventBridgeEnabled: Type.Boolean() }))
})

/**
 * PutEventType, GetEventTypes, DeleteEventType. Events are kept only when the request says so: the default is not documented, and a caller
 * that needs them kept must say it.
 */
export function createEventTypeOperations (account: Account): Operations {
  const { eventTypes, events, limits } = account
  const eventsOf = (name: string) => [...events.values()].filter(event => event.eventTypeName === name)

  return {
    PutEventType: operation(PutRequest, ({ name, description, eventVariables, entityTypes, labels, eventIngestion, eventOrchestration }) => {
      const known = eventTypes.get(name)
      if (known === undefined && eventTypes.size >= limits.types) throw validation(`The quota of ${limits.types} event types is used up.`)
      demandAll('Variable', eventVariables, variable => account.variables.get(variable)?.dataSource === 'EVENT')
      demandAll('Entity type', entityTypes, type => account.entityTypes.has(type))
      demandAll('Label', labels ?? [], label => account.labels.has(label))
      const eventType: EventType = {
        ...known ?? { name, ...account.stamp(`event-type/${name}`) },
        ...description === undefined ? {} : { description },
        ...eventOrchestration === undefined ? {} : { eventOrchestration },
        eventVariables,
        entityTypes,
        labels: labels ?? known?.labels ?? [],
        eventIngestion: eventIngestion ?? known?.eventIngestion ?? 'DISABLED',
        lastUpdatedTime: account.now()
      }
      eventTypes.set(name, eventType)
    }),
    GetEventTypes: operation(Type.Object({ name: Type.Optional(Identifier), ...pageOf(5, 10) }), request => {
      if (request.name !== undefined && !eventTypes.has(request.name)) throw resourceNotFound(`EventType ${request.name} does not exist.`)
      const { items, nextToken } = pageThrough([...eventTypes.values()].filter(({ name }) => request.name === undefined || name === request.name), request, 10)
      return { eventTypes: items.map(type => ({ ...type, ...statistics(type.name) })), nextToken }
    }),
    DeleteEventType: operation(Type.Object({ name: Identifier }), ({ name }) => {
      const user = firstOf(account.detectors.values(), detector => detector.eventTypeName === name, detector => `detector ${detector.detectorId}`) ??
        firstOf(account.models.values(), model => model.eventTypeName === name, model => `model ${model.modelId}`)
      if (user !== undefined) throw conflict(`Event type ${name} is used by ${user}.`)
      if (eventsOf(name).length > 0) throw conflict(`Event type ${name} has events that are kept.`)
      eventTypes.delete(name)
    })
  }

  function statistics (name: string) {
    const kept = eventsOf(name)
    if (kept.length === 0) return {}
    const times = kept.map(event => event.eventTimestamp).sort()
    return {
      ingestedEventStatistics: {
        numberOfEvents: kept.length,
        eventDataSizeInBytes: Buffer.byteLength(JSON.stringify(kept)),
        leastRecentEvent: times[0],
        mostRecentEvent: times.at(-1),
        lastUpdatedTime: account.now()
      }
    }
  }
}

function demandAll (kind: string, names: readonly string[], exists: (name: string) => boolean): void {
  for (const name of names) {
    if (!exists(name)) throw validation(`${kind} ${name} does not exist.`)
  }
  if (new Set(names).size < names.length) throw validation(`${kind}s are named more than once.`)
}
