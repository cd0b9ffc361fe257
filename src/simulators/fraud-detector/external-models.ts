import { Type } from '@sinclair/typebox'
import type { Account, ExternalModel } from './account.ts'
import { outputVariables } from './external-model-outputs.ts'
import { firstOf } from './names.ts'
import { pageThrough } from './page.ts'
import { conflict, resourceNotFound, validation } from './refusal.ts'
import { Endpoint, Identifier, oneOf, operation, type Operations, pageOf, RoleArn } from './request-shape.ts'

const Template = Type.Optional(Type.String({ minLength: 1, maxLength: 2000 }))
const PutRequest = Type.Object({
  modelEndpoint: Endpoint,
  modelSource: oneOf(['SAGEMAKER']),
  invokeModelEndpointRoleArn: RoleArn,
  inputConfiguration: Type.Object({
    eventTypeName: Type.Optional(Identifier),
    format: Type.Optional(oneOf(['TEXT_CSV', 'APPLICATION_JSON'])),
    useEventVariables: Type.Boolean(),
    jsonInputTemplate: Template,
    csvInputTemplate: Template
  }),
  outputConfiguration: Type.Object({
    format: oneOf(['TEXT_CSV', 'APPLICATION_JSONLINES']),
    jsonKeyToVariableMap: Type.Optional(Type.Record(Type.String(), Type.String())),
    csvIndexToVariableMap: Type.Optional(Type.Record(Type.String(), Type.String()))
  }),
  modelEndpointStatus: oneOf(['ASSOCIATED', 'DISSOCIATED'])
})

/** PutExternalModel, GetExternalModels, DeleteExternalModel: SageMaker endpoints. */
export function createExternalModelOperations (account: Account): Operations {
  const { externalModels } = account

  return {
    PutExternalModel: operation(PutRequest, request => {
      const { modelEndpoint, inputConfiguration, outputConfiguration } = request
      const { eventTypeName, useEventVariables, format, jsonInputTemplate, csvInputTemplate } = inputConfiguration
      if (eventTypeName !== undefined && !account.eventTypes.has(eventTypeName)) throw validation(`EventType ${eventTypeName} does not exist.`)
      if (useEventVariables && (format === undefined || (jsonInputTemplate ?? csvInputTemplate) === undefined)) throw validation('Event variables need a format and an input template.')
      const map = outputConfiguration.format === 'TEXT_CSV' ? outputConfiguration.csvIndexToVariableMap : outputConfiguration.jsonKeyToVariableMap
      if (map === undefined || Object.keys(map).length === 0) throw validation('outputConfiguration needs a map of its format to variables.')
      for (const variable of outputVariables({ outputConfiguration: outputConfiguration as ExternalModel['outputConfiguration'] })) {
        if (account.variables.get(variable)?.dataSource !== 'EXTERNAL_MODEL_SCORE') throw validation(`Variable ${variable} does not exist with data source EXTERNAL_MODEL_SCORE.`)
      }
      const known = externalModels.get(modelEndpoint) ?? account.stamp(`external-model/${modelEndpoint}`)
      externalModels.set(modelEndpoint, { ...known, ...request, lastUpdatedTime: account.now() } as ExternalModel)
    }),
    GetExternalModels: operation(Type.Object({ modelEndpoint: Type.Optional(Type.String()), ...pageOf(5, 10) }), request => {
      if (request.modelEndpoint !== undefined && !externalModels.has(request.modelEndpoint)) throw resourceNotFound(`External model ${request.modelEndpoint} does not exist.`)
      const { items, nextToken } = pageThrough([...externalModels.values()].filter(model => request.modelEndpoint === undefined || model.modelEndpoint === request.modelEndpoint), request, 10)
      return { externalModels: items, nextToken }
    }),
    DeleteExternalModel: operation(Type.Object({ modelEndpoint: Endpoint }), ({ modelEndpoint }) => {
      const user = firstOf(account.detectorVersions.values(), version => version.externalModelEndpoints.includes(modelEndpoint),
        version => `version ${version.detectorVersionId} of detector ${version.detectorId}`)
      if (user !== undefined) throw conflict(`External model ${modelEndpoint} is used by ${user}.`)
      const model = externalModels.get(modelEndpoint)
      if (model === undefined) return
      for (const variable of outputVariables(model)) account.variables.delete(variable)
      externalModels.delete(modelEndpoint)
    })
  }
}
