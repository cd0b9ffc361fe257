import { Type, type Static } from '@sinclair/typebox'
import { AwsFault } from '../aws/aws-fault.ts'
import type { Account, Variable } from './account.ts'
import { parseValue } from './event-request.ts'
import { firstOf } from './names.ts'
import { pageThrough } from './page.ts'
import { conflict, resourceNotFound, validation } from './refusal.ts'
import { oneOf, operation, type Operations, pageOf, readRequest } from './request-shape.ts'

const DataType = oneOf(['STRING', 'INTEGER', 'FLOAT', 'BOOLEAN', 'DATETIME'])
const DataSource = oneOf(['EVENT', 'MODEL_SCORE', 'EXTERNAL_MODEL_SCORE'])
const ADDRESS = ['ADDRESS_L1', 'ADDRESS_L2', 'CITY', 'COUNTRY', 'NAME', 'PHONE', 'STATE', 'ZIP']
const VARIABLE_TYPES: ReadonlySet<string> = new Set([
  'AUTH_CODE', 'AVS', ...ADDRESS.map(part => `BILLING_${part}`), 'CARD_BIN', 'CATEGORICAL', 'CURRENCY_CODE', 'EMAIL_ADDRESS', 'FINGERPRINT', 'FRAUD_LABEL',
  'FREE_FORM_TEXT', 'IP_ADDRESS', 'NUMERIC', 'ORDER_ID', 'PAYMENT_TYPE', 'PHONE_NUMBER', 'PRICE', 'PRODUCT_CATEGORY', ...ADDRESS.map(part => `SHIPPING_${part}`), 'USERAGENT'
])
const Entry = Type.Object({
  name: Type.String(),
  dataType: DataType,
  dataSource: DataSource,
  defaultValue: Type.String(),
  description: Type.Optional(Type.String()),
  variableType: Type.Optional(Type.String())
})
// An entry of a batch may be wrong without making the batch wrong.
const LooseEntry = Type.Object({
  name: Type.Optional(Type.String()),
  dataType: Type.Optional(Type.String()),
  dataSource: Type.Optional(Type.String()),
  defaultValue: Type.Optional(Type.String()),
  description: Type.Optional(Type.String()),
  variableType: Type.Optional(Type.String())
})

/** CreateVariable, BatchCreateVariable, GetVariables, UpdateVariable, DeleteVariable. */
export function createVariableOperations (account: Account): Operations {
  const { variables, limits } = account

  function create ({ name, dataType, dataSource, defaultValue, description, variableType }: Static<typeof Entry>): void {
    if (!/^[0-9a-z_-]{1,64}$/.test(name)) throw validation("Value at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[0-9a-z_-]+$")
    if (variables.has(name)) throw validation(`Variable ${name} already exists.`)
    if (variables.size >= limits.things) throw validation(`The quota of ${limits.things} variables is used up.`)
    const variable: Variable = {
      name,
      dataType,
      dataSource,
      defaultValue,
      ...description === undefined ? {} : { description },
      ...variableType === undefined ? {} : { variableType },
      ...account.stamp(`variable/${name}`)
    }
    check(variable)
    variables.set(name, variable)
  }

  return {
    CreateVariable: operation(Entry, create),
    BatchCreateVariable: operation(Type.Object({ variableEntries: Type.Array(LooseEntry, { minItems: 1, maxItems: 25 }) }), ({ variableEntries }) => ({
      errors: variableEntries.flatMap(entry => {
        try {
          create(readRequest(Entry, entry) as Static<typeof Entry>)
          return []
        } catch (error) {
          if (error instanceof AwsFault) return [{ name: entry.name, code: error.status, message: error.message }]
          throw error
        }
      })
    })),
    GetVariables: operation(Type.Object({ name: Type.Optional(Type.String()), ...pageOf(50, 100) }), request => {
      if (request.name !== undefined && !variables.has(request.name)) throw resourceNotFound(`Variable ${request.name} does not exist.`)
      const { items, nextToken } = pageThrough([...variables.values()].filter(({ name }) => request.name === undefined || name === request.name), request, 100)
      return { variables: items, nextToken }
    }),
    UpdateVariable: operation(Type.Object({ name: Type.String(), defaultValue: Type.Optional(Type.String()), description: Type.Optional(Type.String()), variableType: Type.Optional(Type.String()) }), request => {
      const known = variables.get(request.name)
      if (known === undefined) throw resourceNotFound(`Variable ${request.name} does not exist.`)
      const variable: Variable = { ...known, ...request, lastUpdatedTime: account.now() }
      check(variable)
      variables.set(request.name, variable)
    }),
    DeleteVariable: operation(Type.Object({ name: Type.String() }), ({ name }) => {
      const user = firstOf(account.eventTypes.values(), type => type.eventVariables.includes(name), type => `event type ${type.name}`) ??
        firstOf(account.rules.values(), rule => rule.compiled.variables.has(name), rule => `rule ${rule.ruleId}`)
      if (user !== undefined) throw conflict(`Variable ${name} is used by ${user}.`)
      const dataSource = variables.get(name)?.dataSource
      if (dataSource === 'MODEL_SCORE') throw validation(`Variable ${name} is a model's output and goes with its model.`)
      variables.delete(name)
    })
  }
}

function check ({ name, dataType, defaultValue, description, variableType }: Variable): void {
  if (parseValue(dataType, defaultValue) === null) throw validation(`The default value of variable ${name} is not of its data type ${dataType}.`)
  if (variableType !== undefined && !VARIABLE_TYPES.has(variableType)) throw validation(`Variable type ${variableType} does not exist.`)
  if (description !== undefined && description.length > 128) throw validation('The description is longer than 128 characters.')
}
