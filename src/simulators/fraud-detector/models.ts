import { Type } from '@sinclair/typebox'
import { type Account, modelKey, scoreName } from './account.ts'
import { pageThrough } from './page.ts'
import { conflict, resourceNotFound, validation } from './refusal.ts'
import { Description, ModelId, ModelType, operation, type Operations, pageOf } from './request-shape.ts'

const ModelName = { modelId: ModelId, modelType: ModelType }

/** CreateModel, GetModels, UpdateModel, DeleteModel. A model's score becomes a variable, which goes with the model. */
export function createModelOperations (account: Account): Operations {
  const { models, limits } = account

  return {
    CreateModel: operation(Type.Object({ ...ModelName, description: Description, eventTypeName: Type.String() }), ({ modelId, modelType, description, eventTypeName }) => {
      const key = modelKey({ modelType, modelId })
      if (models.has(key)) throw validation(`Model ${modelId} of type ${modelType} already exists.`)
      if (models.size >= limits.models) throw validation(`The quota of ${limits.models} models is used up.`)
      if (!account.eventTypes.has(eventTypeName)) throw validation(`EventType ${eventTypeName} does not exist.`)
      models.set(key, { modelId, modelType, ...description === undefined ? {} : { description }, eventTypeName, ...account.stamp(`model/${key}`) })
      const name = scoreName(modelId)
      account.variables.set(name, { name, dataType: 'FLOAT', dataSource: 'MODEL_SCORE', defaultValue: '0', ...account.stamp(`variable/${name}`) })
    }),
    GetModels: operation(Type.Object({ modelId: Type.Optional(ModelId), modelType: Type.Optional(ModelType), ...pageOf(1, 10) }), request => {
      const { modelId, modelType } = request
      if (modelId !== undefined && modelType === undefined) throw validation('modelId needs modelType.')
      if (modelId !== undefined && modelType !== undefined && !models.has(modelKey({ modelType, modelId }))) throw resourceNotFound(`Model ${modelId} does not exist.`)
      const found = [...models.values()].filter(model => [undefined, model.modelId].includes(modelId) && [undefined, model.modelType].includes(modelType))
      const { items, nextToken } = pageThrough(found, request, 10)
      return { models: items, nextToken }
    }),
    UpdateModel: operation(Type.Object({ ...ModelName, description: Description }), ({ description, ...name }) => {
      const model = models.get(modelKey(name))
      if (model === undefined) throw resourceNotFound(`Model ${name.modelId} does not exist.`)
      models.set(modelKey(name), { ...model, ...description === undefined ? {} : { description }, lastUpdatedTime: account.now() })
    }),
    DeleteModel: operation(Type.Object(ModelName), name => {
      const key = modelKey(name)
      if ([...account.modelVersions.keys()].some(version => version.startsWith(`${key}/`))) throw conflict(`Model ${name.modelId} has versions.`)
      if (!models.delete(key)) return
      if (![...models.values()].some(model => model.modelId === name.modelId)) account.variables.delete(scoreName(name.modelId))
    })
  }
}
