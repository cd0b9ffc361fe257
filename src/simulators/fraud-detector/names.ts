import { Type } from '@sinclair/typebox'
import type { Account, NamedThing } from './account.ts'
import { pageThrough } from './page.ts'
import { conflict, resourceNotFound, validation } from './refusal.ts'
import { Description, Identifier, operation, type Operations, pageOf } from './request-shape.ts'

interface Kind {
  /** As in `PutLabel`. */
  one: string
  /** As in `GetLabels` and its reply's `labels`. */
  many: string
  listed: string
  path: string
  things: Map<string, NamedThing>
  quota: number
  page: { least: number, most: number }
  /** Who uses the thing; `undefined` when nobody does. */
  findUser: (name: string) => string | undefined
}

/**
 * Labels, entity types and outcomes: names that other things use and that must not go before those do.
 * Deleting what is not there succeeds: the service's documents name no error for it.
 */
export function createNameOperations (account: Account): Operations {
  const { eventTypes, events, rules, limits } = account
  const kinds: Kind[] = [
    {
      one: 'Label',
      many: 'Labels',
      listed: 'labels',
      path: 'label',
      things: account.labels,
      quota: limits.types,
      page: { least: 10, most: 50 },
      findUser: name => firstOf(eventTypes.values(), type => type.labels.includes(name), type => `event type ${type.name}`) ??
        firstOf(events.values(), event => event.currentLabel === name, event => `event ${event.eventId}`)
    },
    {
      one: 'EntityType',
      many: 'EntityTypes',
      listed: 'entityTypes',
      path: 'entity-type',
      things: account.entityTypes,
      quota: limits.types,
      page: { least: 5, most: 10 },
      findUser: name => firstOf(eventTypes.values(), type => type.entityTypes.includes(name), type => `event type ${type.name}`)
    },
    {
      one: 'Outcome',
      many: 'Outcomes',
      listed: 'outcomes',
      path: 'outcome',
      things: account.outcomes,
      quota: limits.things,
      page: { least: 50, most: 100 },
      findUser: name => firstOf(rules.values(), rule => rule.outcomes.includes(name), rule => `rule ${rule.ruleId} version ${rule.ruleVersion}`)
    }
  ]
  return Object.assign({}, ...kinds.map(kind => createOperations(account, kind))) as Operations
}

function createOperations (account: Account, { one, many, listed, path, things, quota, page, findUser }: Kind): Operations {
  return {
    [`Put${one}`]: operation(Type.Object({ name: Identifier, description: Description }), ({ name, description }) => {
      const known = things.get(name)
      if (known === undefined && things.size >= quota) throw validation(`The quota of ${quota} ${listed} is used up.`)
      things.set(name, { ...known ?? { name, ...account.stamp(`${path}/${name}`) }, ...description === undefined ? {} : { description }, lastUpdatedTime: account.now() })
    }),
    [`Get${many}`]: operation(Type.Object({ name: Type.Optional(Identifier), ...pageOf(page.least, page.most) }), request => {
      if (request.name !== undefined && !things.has(request.name)) throw resourceNotFound(`${one} ${request.name} does not exist.`)
      const { items, nextToken } = pageThrough([...things.values()].filter(({ name }) => request.name === undefined || name === request.name), request, page.most)
      return { [listed]: items, nextToken }
    }),
    [`Delete${one}`]: operation(Type.Object({ name: Identifier }), ({ name }) => {
      const user = findUser(name)
      if (user !== undefined) throw conflict(`${one} ${name} is used by ${user}.`)
      things.delete(name)
    })
  }
}

/** Tells the first that fits; `undefined` when none does. */
export function firstOf<T> (all: Iterable<T>, fits: (one: T) => boolean, tell: (one: T) => string): string | undefined {
  for (const one of all) {
    if (fits(one)) return tell(one)
  }
  return undefined
}
