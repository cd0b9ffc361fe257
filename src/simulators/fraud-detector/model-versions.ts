import { Type } from '@sinclair/typebox'
import { type Account, modelKey, type ModelVersion, type ModelVersionName, type ModelVersionStatus } from './account.ts'
import { startTraining, type TrainingDeps } from './model-training.ts'
import { presentModelVersion, presentModelVersionDetail } from './model-version-view.ts'
import { firstOf } from './names.ts'
import { pageThrough } from './page.ts'
import { conflict, resourceNotFound, validation } from './refusal.ts'
import { ModelId, ModelType, ModelVersionNumber, oneOf, operation, type Operations, pageOf, WholeVersion } from './request-shape.ts'
import { checkTrainingRequest, DataDetails, TrainingRequest } from './training-request.ts'

const VersionName = { modelId: ModelId, modelType: ModelType, modelVersionNumber: ModelVersionNumber }
const BUSY: ReadonlySet<ModelVersionStatus> = new Set(['TRAINING_IN_PROGRESS', 'ACTIVATE_REQUESTED', 'ACTIVATE_IN_PROGRESS', 'INACTIVATE_REQUESTED', 'INACTIVATE_IN_PROGRESS'])
const DEPLOYED: ReadonlySet<ModelVersionStatus> = new Set(['ACTIVE', 'ACTIVATE_REQUESTED', 'ACTIVATE_IN_PROGRESS'])

/** CreateModelVersion, UpdateModelVersion, GetModelVersion, DescribeModelVersions, UpdateModelVersionStatus, DeleteModelVersion. */
export function createModelVersionOperations (deps: TrainingDeps): Operations {
  const { account, background, clock, times } = deps
  const { modelVersions, limits } = account

  function demand (name: ModelVersionName): ModelVersion {
    const version = modelVersions.get(modelKey(name, name.modelVersionNumber))
    if (version === undefined) throw resourceNotFound(`Version ${name.modelVersionNumber} of model ${name.modelId} does not exist.`)
    return version
  }

  function train (parts: Omit<ModelVersion, 'status' | 'createdTime' | 'lastUpdatedTime' | 'arn'>) {
    const key = modelKey(parts, parts.modelVersionNumber)
    startTraining(deps, { ...parts, status: 'TRAINING_IN_PROGRESS', ...account.stamp(`model-version/${key}`) })
    const { modelId, modelType, modelVersionNumber } = parts
    return { modelId, modelType, modelVersionNumber, status: 'TRAINING_IN_PROGRESS' }
  }

  function setStatus (key: string, status: ModelVersionStatus): void {
    const version = modelVersions.get(key)
    if (version !== undefined) modelVersions.set(key, { ...version, status, lastUpdatedTime: account.now() })
  }

  /** Goes to a status by way of two others, as the service does; stops when the version is gone or another. */
  async function goTo (name: ModelVersionName, createdTime: string, steps: readonly [ModelVersionStatus, ModelVersionStatus, ModelVersionStatus]): Promise<void> {
    const key = modelKey(name, name.modelVersionNumber)
    setStatus(key, steps[0])
    for (const status of steps.slice(1)) {
      await clock.sleep(times.activationMs / 2)
      if (modelVersions.get(key)?.createdTime !== createdTime) return
      setStatus(key, status)
    }
  }

  return {
    CreateModelVersion: operation(TrainingRequest, request => {
      checkTrainingRequest(account, request)
      const { modelId, modelType, tags, ...parts } = request
      const majors = versionsOf(account, request).map(({ modelVersionNumber }) => Number.parseInt(modelVersionNumber))
      return train({ ...parts, modelId, modelType, modelVersionNumber: `${Math.max(0, ...majors) + 1}.0` })
    }),
    UpdateModelVersion: operation(Type.Object({ modelId: ModelId, modelType: ModelType, majorVersionNumber: WholeVersion, ...DataDetails }), ({ majorVersionNumber, externalEventsDetail, ingestedEventsDetail, ...name }) => {
      const versions = versionsOf(account, name).filter(({ modelVersionNumber }) => modelVersionNumber.startsWith(`${majorVersionNumber}.`))
      const last = versions.at(-1)
      if (last === undefined) throw resourceNotFound(`Version ${majorVersionNumber} of model ${name.modelId} does not exist.`)
      const { modelId, modelType, trainingDataSource, trainingDataSchema } = last
      const parts = {
        modelId,
        modelType,
        trainingDataSource,
        trainingDataSchema,
        externalEventsDetail: externalEventsDetail ?? last.externalEventsDetail,
        ingestedEventsDetail: ingestedEventsDetail ?? last.ingestedEventsDetail
      }
      checkTrainingRequest(account, parts)
      const minor = Math.max(...versions.map(({ modelVersionNumber }) => Number(modelVersionNumber.split('.')[1]))) + 1
      return train({ ...parts, modelVersionNumber: `${majorVersionNumber}.${String(minor).padStart(2, '0')}` })
    }),
    GetModelVersion: operation(Type.Object(VersionName), name => presentModelVersion(demand(name))),
    DescribeModelVersions: operation(Type.Object({ modelId: Type.Optional(ModelId), modelType: Type.Optional(ModelType), modelVersionNumber: Type.Optional(ModelVersionNumber), ...pageOf(1, 10) }), request => {
      const { modelId, modelType, modelVersionNumber } = request
      if (modelVersionNumber !== undefined && (modelId === undefined || modelType === undefined)) throw validation('modelVersionNumber needs modelId and modelType.')
      const found = [...modelVersions.values()].filter(version => [undefined, version.modelId].includes(modelId) &&
        [undefined, version.modelType].includes(modelType) && [undefined, version.modelVersionNumber].includes(modelVersionNumber))
      if (modelVersionNumber !== undefined && found.length === 0) throw resourceNotFound(`Version ${modelVersionNumber} of model ${modelId} does not exist.`)
      const { items, nextToken } = pageThrough(found, request, 10)
      return { modelVersionDetails: items.map(presentModelVersionDetail), nextToken }
    }),
    UpdateModelVersionStatus: operation(Type.Object({ ...VersionName, status: oneOf(['ACTIVE', 'INACTIVE', 'TRAINING_CANCELLED']) }), ({ status, ...name }) => {
      const version = demand(name)
      const change = `${version.status} to ${status}`
      if (change === 'TRAINING_IN_PROGRESS to TRAINING_CANCELLED') {
        version.cancel?.()
        setStatus(modelKey(name, name.modelVersionNumber), 'TRAINING_CANCELLED')
        return
      }
      if (BUSY.has(version.status)) throw conflict(`Version ${name.modelVersionNumber} of model ${name.modelId} is ${version.status}.`)
      if (change === 'TRAINING_COMPLETE to ACTIVE') {
        const deployed = [...modelVersions.values()].filter(({ status }) => DEPLOYED.has(status)).length
        if (deployed >= limits.deployedModelVersions) throw validation(`The quota of ${limits.deployedModelVersions} deployed model versions is used up.`)
        background.start(() => goTo(name, version.createdTime, ['ACTIVATE_REQUESTED', 'ACTIVATE_IN_PROGRESS', 'ACTIVE']))
      } else if (change === 'ACTIVE to INACTIVE') {
        const user = findUser(account, name, 'ACTIVE')
        if (user !== undefined) throw conflict(`Version ${name.modelVersionNumber} of model ${name.modelId} is used by ${user}, which is ACTIVE.`)
        background.start(() => goTo(name, version.createdTime, ['INACTIVATE_REQUESTED', 'INACTIVATE_IN_PROGRESS', 'INACTIVE']))
      } else {
        throw validation(`A model version cannot go from ${change}.`)
      }
    }),
    DeleteModelVersion: operation(Type.Object(VersionName), name => {
      const key = modelKey(name, name.modelVersionNumber)
      const version = modelVersions.get(key)
      if (version === undefined) return
      if (version.status === 'ACTIVE' || BUSY.has(version.status)) throw conflict(`Version ${name.modelVersionNumber} of model ${name.modelId} is ${version.status}.`)
      const user = findUser(account, name)
      if (user !== undefined) throw conflict(`Version ${name.modelVersionNumber} of model ${name.modelId} is used by ${user}.`)
      version.release?.()
      modelVersions.delete(key)
    })
  }
}

function versionsOf (account: Account, { modelId, modelType }: { modelId: string, modelType: string }): ModelVersion[] {
  return [...account.modelVersions.values()].filter(version => version.modelId === modelId && version.modelType === modelType)
}

function findUser (account: Account, name: ModelVersionName, status?: string): string | undefined {
  const key = modelKey(name, name.modelVersionNumber)
  return firstOf(account.detectorVersions.values(), version => (status === undefined || version.status === status) &&
    version.modelVersions.some(used => modelKey(used, used.modelVersionNumber) === key), version => `version ${version.detectorVersionId} of detector ${version.detectorId}`)
}
