import * as fd from '@aws-sdk/client-frauddetector'
import type { DetectorBuilder, DetectorVersion, NamedKind, NamedThing } from '../../detector/detector-builder.ts'
import { DetectorError, isDetectorError } from '../../detector/detector-error.ts'
import { isNumericType, type VariableType } from '../../training-data/variable-type.ts'
import { createBuildCalls } from './build-call.ts'
import { createBuildClients, type BuildClients } from './build-clients.ts'
import { fromSchema, toModelVersion, toStatus } from './model-version.ts'
import { createTrainingDataStore } from './training-data-store.ts'

/** The kind of model: the one that learns from a CSV of events. Source: Amazon Fraud Detector User Guide, "Choose a model type". */
const MODEL_TYPE = 'ONLINE_FRAUD_INSIGHTS'
/** Source: Amazon Fraud Detector API Reference, "BatchCreateVariable". */
const VARIABLES_A_CALL = 25
/** For one call, its retries included. */
const DEADLINE_MS = 60_000

/** Orders versions such as 1.0, 1.2, 1.10. A minor part has two digits at most. */
function majorMinor (version: string): number {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major * 100 + minor
}

/**
 * Creates the builder on Amazon Fraud Detector and Amazon S3.
 * @param signal the user's; its end ends the call under way
 */
export function createDetectorBuilder ({ env, signal, clients = createBuildClients(env) }: {
  env: Readonly<Record<string, string | undefined>>
  signal: AbortSignal
  clients?: BuildClients
}): DetectorBuilder & { close: () => void } {
  const { patient, once, storage } = clients
  const call = createBuildCalls(signal)
  const on = <T>(what: string, send: (options: { abortSignal: AbortSignal }) => Promise<T>): Promise<T> => call(`Fraud Detector: ${what}`, DEADLINE_MS, send)

  async function listAll<Page extends { nextToken?: string | undefined }, Item> (what: string, send: (nextToken: string | undefined, options: { abortSignal: AbortSignal }) => Promise<Page>, items: (page: Page) => readonly Item[] | undefined): Promise<Item[]> {
    const all: Item[] = []
    let token: string | undefined
    do {
      const page = await on(what, (options) => send(token, options))
      all.push(...items(page) ?? [])
      token = page.nextToken
    } while (token !== undefined && token !== '')
    return all
  }

  /** Deleting what is gone is done. */
  async function gone (what: string, send: (options: { abortSignal: AbortSignal }) => Promise<unknown>): Promise<void> {
    try {
      await on(what, send)
    } catch (error) {
      if (!isDetectorError(error, 'missing')) throw error
    }
  }

  /** A list within something that is not there is empty. */
  async function orEmpty<T> (list: Promise<T[]>): Promise<T[]> {
    try {
      return await list
    } catch (error) {
      if (isDetectorError(error, 'missing')) return []
      throw error
    }
  }

  const listVariables: DetectorBuilder['listVariables'] = async () => {
    const variables = await listAll('listing variables', (nextToken, options) => patient.send(new fd.GetVariablesCommand({ nextToken }), options), ({ variables }) => variables)
    return variables.map(({ name = '', description = '', variableType = '', dataType }) => ({ name, description, type: variableType, isNumber: dataType === 'FLOAT' || dataType === 'INTEGER' }))
  }

  const lists: Readonly<Record<NamedKind, () => Promise<{ name?: string | undefined, description?: string | undefined }[]>>> = {
    variable: listVariables,
    label: () => listAll('listing labels', (nextToken, options) => patient.send(new fd.GetLabelsCommand({ nextToken }), options), ({ labels }) => labels),
    'entity type': () => listAll('listing entity types', (nextToken, options) => patient.send(new fd.GetEntityTypesCommand({ nextToken }), options), ({ entityTypes }) => entityTypes),
    outcome: () => listAll('listing outcomes', (nextToken, options) => patient.send(new fd.GetOutcomesCommand({ nextToken }), options), ({ outcomes }) => outcomes)
  }
  const puts: Readonly<Record<Exclude<NamedKind, 'variable'>, (thing: NamedThing, options: { abortSignal: AbortSignal }) => Promise<unknown>>> = {
    label: (thing, options) => patient.send(new fd.PutLabelCommand(thing), options),
    'entity type': (thing, options) => patient.send(new fd.PutEntityTypeCommand(thing), options),
    outcome: (thing, options) => patient.send(new fd.PutOutcomeCommand(thing), options)
  }
  const deletions: Readonly<Record<NamedKind, (name: string, options: { abortSignal: AbortSignal }) => Promise<unknown>>> = {
    variable: (name, options) => patient.send(new fd.DeleteVariableCommand({ name }), options),
    label: (name, options) => patient.send(new fd.DeleteLabelCommand({ name }), options),
    'entity type': (name, options) => patient.send(new fd.DeleteEntityTypeCommand({ name }), options),
    outcome: (name, options) => patient.send(new fd.DeleteOutcomeCommand({ name }), options)
  }

  async function createVariables (variables: ReadonlyArray<{ name: string, type: VariableType, description: string }>): Promise<void> {
    for (let start = 0; start < variables.length; start += VARIABLES_A_CALL) {
      const variableEntries = variables.slice(start, start + VARIABLES_A_CALL).map(({ name, type, description }) => ({
        name, description, variableType: type, dataSource: 'EVENT', ...(isNumericType(type) ? { dataType: 'FLOAT', defaultValue: '0.0' } : { dataType: 'STRING', defaultValue: '<unknown>' })
      }))
      const { errors = [] } = await on('making variables', (options) => once.send(new fd.BatchCreateVariableCommand({ variableEntries }), options))
      if (errors.length > 0) throw new DetectorError('refused', `Fraud Detector: making variables: ${errors.map(({ name, message }) => `${name ?? ''}: ${message ?? ''}`).join('; ')}`)
    }
  }

  async function eventDeletion (eventTypeName: string): Promise<'none' | 'running' | 'done' | 'failed'> {
    try {
      const { eventsDeletionStatus: status } = await on('asking for the deletion of events', (options) => patient.send(new fd.GetDeleteEventsByEventTypeStatusCommand({ eventTypeName }), options))
      if (status === undefined) return 'none'
      return status === 'COMPLETE' ? 'done' : status === 'FAILED' || status === 'CANCELED' ? 'failed' : 'running'
    } catch (error) {
      // How the service answers when nothing was ever deleted is not documented.
      if (isDetectorError(error, 'missing', 'refused')) return 'none'
      throw error
    }
  }

  async function listModelVersions (modelId: string) {
    const details = await orEmpty(listAll('listing model versions', (nextToken, options) =>
      patient.send(new fd.DescribeModelVersionsCommand({ modelId, modelType: MODEL_TYPE, maxResults: 10, nextToken }), options), ({ modelVersionDetails }) => modelVersionDetails))
    return details.map(toModelVersion).sort((a, b) => majorMinor(a.version) - majorMinor(b.version))
  }

  async function findModelVersionStatus (modelId: string, modelVersionNumber: string) {
    try {
      const { status } = await on('asking for the model version', (options) => patient.send(new fd.GetModelVersionCommand({ modelId, modelType: MODEL_TYPE, modelVersionNumber }), options))
      return toStatus(status)
    } catch (error) {
      if (isDetectorError(error, 'missing')) return undefined
      throw error
    }
  }

  async function findDetectorVersion (detectorId: string, detectorVersionId: string): Promise<DetectorVersion> {
    const { status, rules = [], modelVersions = [], ruleExecutionMode } = await on('reading a detector version', (options) => patient.send(new fd.GetDetectorVersionCommand({ detectorId, detectorVersionId }), options))
    return {
      version: detectorVersionId,
      status: status === 'ACTIVE' ? 'active' : status === 'INACTIVE' ? 'inactive' : 'draft',
      rules: rules.map(({ ruleId = '', ruleVersion = '' }) => ({ ruleId, version: ruleVersion })),
      models: modelVersions.map(({ modelId = '', modelVersionNumber = '' }) => ({ modelId, version: modelVersionNumber })),
      firstMatchDecides: ruleExecutionMode !== 'ALL_MATCHED'
    }
  }

  async function listDetectorVersions (detectorId: string): Promise<DetectorVersion[]> {
    const summaries = await orEmpty(listAll('listing detector versions', (nextToken, options) =>
      patient.send(new fd.DescribeDetectorCommand({ detectorId, nextToken }), options), ({ detectorVersionSummaries }) => detectorVersionSummaries))
    const versions: DetectorVersion[] = []
    for (const { detectorVersionId = '' } of summaries) versions.push(await findDetectorVersion(detectorId, detectorVersionId))
    return versions.sort((a, b) => Number(a.version) - Number(b.version))
  }

  return {
    ...createTrainingDataStore(storage, call),

    checkRegion: async () => { await on('finding the region', async () => await patient.config.region()) },

    listVariables,
    createVariables,
    async describeVariable (name, description) {
      await on(`describing the variable ${name}`, (options) => patient.send(new fd.UpdateVariableCommand({ name, description }), options))
    },
    listNamed: async (kind) => (await lists[kind]()).map(({ name = '', description = '' }) => ({ name, description })),
    putNamed: async (kind, { name, description }) => { await on(`making the ${kind} ${name}`, (options) => puts[kind]({ name, description }, options)) },
    deleteNamed: (kind, name) => gone(`deleting the ${kind} ${name}`, (options) => deletions[kind](name, options)),

    async listEventTypes () {
      const eventTypes = await listAll('listing event types', (nextToken, options) => patient.send(new fd.GetEventTypesCommand({ nextToken }), options), ({ eventTypes }) => eventTypes)
      return eventTypes.map(({ name = '', description = '', eventVariables = [], labels = [], entityTypes = [], eventIngestion }) =>
        ({ name, description, variables: eventVariables, labels, entityTypes, storesEvents: eventIngestion === 'ENABLED' }))
    },
    async putEventType ({ name, description, variables, labels, entityTypes, storesEvents }) {
      await on(`making the event type ${name}`, (options) => patient.send(new fd.PutEventTypeCommand({
        name, description, eventVariables: [...variables], labels: [...labels], entityTypes: [...entityTypes], eventIngestion: storesEvents ? 'ENABLED' : 'DISABLED'
      }), options))
    },
    deleteEventType: (name) => gone(`deleting the event type ${name}`, (options) => patient.send(new fd.DeleteEventTypeCommand({ name }), options)),
    deleteEvents: (eventTypeName) => gone('deleting events', (options) => patient.send(new fd.DeleteEventsByEventTypeCommand({ eventTypeName }), options)),
    eventDeletion,

    async listModels () {
      const models = await listAll('listing models', (nextToken, options) => patient.send(new fd.GetModelsCommand({ nextToken }), options), ({ models }) => models)
      return models.filter(({ modelType }) => modelType === MODEL_TYPE).map(({ modelId = '', description = '', eventTypeName = '' }) => ({ modelId, description, eventType: eventTypeName }))
    },
    async createModel ({ modelId, description, eventType }) {
      await on(`making the model ${modelId}`, (options) => once.send(new fd.CreateModelCommand({ modelId, description, modelType: MODEL_TYPE, eventTypeName: eventType }), options))
    },
    deleteModel: (modelId) => gone(`deleting the model ${modelId}`, (options) => patient.send(new fd.DeleteModelCommand({ modelId, modelType: MODEL_TYPE }), options)),
    listModelVersions,
    findModelVersionStatus,
    async createModelVersion (modelId, { dataLocation, roleArn, schema }) {
      const { modelVersionNumber = '' } = await on('starting the training', (options) => once.send(new fd.CreateModelVersionCommand({
        modelId, modelType: MODEL_TYPE, trainingDataSource: 'EXTERNAL_EVENTS', trainingDataSchema: fromSchema(schema), externalEventsDetail: { dataLocation, dataAccessRoleArn: roleArn }
      }), options))
      return modelVersionNumber
    },
    async setModelVersionStatus (modelId, modelVersionNumber, status) {
      const wanted = { active: 'ACTIVE', inactive: 'INACTIVE', cancelled: 'TRAINING_CANCELLED' } as const
      await on(`making model version ${modelVersionNumber} ${status}`, (options) => once.send(new fd.UpdateModelVersionStatusCommand({ modelId, modelType: MODEL_TYPE, modelVersionNumber, status: wanted[status] }), options))
    },
    deleteModelVersion: (modelId, modelVersionNumber) => gone(`deleting model version ${modelVersionNumber}`, (options) => patient.send(new fd.DeleteModelVersionCommand({ modelId, modelType: MODEL_TYPE, modelVersionNumber }), options)),

    async listDetectors () {
      const detectors = await listAll('listing detectors', (nextToken, options) => patient.send(new fd.GetDetectorsCommand({ nextToken }), options), ({ detectors }) => detectors)
      return detectors.map(({ detectorId = '', description = '', eventTypeName = '' }) => ({ detectorId, description, eventType: eventTypeName }))
    },
    async putDetector ({ detectorId, description, eventType }) {
      await on(`making the detector ${detectorId}`, (options) => patient.send(new fd.PutDetectorCommand({ detectorId, description, eventTypeName: eventType }), options))
    },
    deleteDetector: (detectorId) => gone(`deleting the detector ${detectorId}`, (options) => patient.send(new fd.DeleteDetectorCommand({ detectorId }), options)),
    async listRules (detectorId) {
      const rules = await orEmpty(listAll('listing rules', (nextToken, options) => patient.send(new fd.GetRulesCommand({ detectorId, nextToken }), options), ({ ruleDetails }) => ruleDetails))
      return rules.map(({ ruleId = '', ruleVersion = '', expression = '', outcomes = [] }) => ({ ruleId, version: ruleVersion, expression, outcomes })).sort((a, b) => Number(a.version) - Number(b.version))
    },
    async createRule (detectorId, { ruleId, expression, outcomes }) {
      await on(`making the rule ${ruleId}`, (options) => once.send(new fd.CreateRuleCommand({ detectorId, ruleId, expression, language: 'DETECTORPL', outcomes: [...outcomes] }), options))
    },
    async reviseRule (detectorId, { ruleId, version, expression, outcomes }) {
      await on(`revising the rule ${ruleId}`, (options) => once.send(new fd.UpdateRuleVersionCommand({ rule: { detectorId, ruleId, ruleVersion: version }, expression, language: 'DETECTORPL', outcomes: [...outcomes] }), options))
    },
    deleteRule: (detectorId, { ruleId, version }) => gone(`deleting version ${version} of the rule ${ruleId}`, (options) => patient.send(new fd.DeleteRuleCommand({ rule: { detectorId, ruleId, ruleVersion: version } }), options)),
    listDetectorVersions,
    async createDetectorVersion (detectorId, { rules, models }) {
      await on('making the detector version', (options) => once.send(new fd.CreateDetectorVersionCommand({
        detectorId,
        rules: rules.map(({ ruleId, version }) => ({ detectorId, ruleId, ruleVersion: version })),
        modelVersions: models.map(({ modelId, version }) => ({ modelId, modelType: MODEL_TYPE, modelVersionNumber: version })),
        ruleExecutionMode: 'FIRST_MATCHED'
      }), options))
    },
    async setDetectorVersionStatus (detectorId, detectorVersionId, status) {
      const wanted = { active: 'ACTIVE', inactive: 'INACTIVE' } as const
      await on(`making detector version ${detectorVersionId} ${status}`, (options) => once.send(new fd.UpdateDetectorVersionStatusCommand({ detectorId, detectorVersionId, status: wanted[status] }), options))
    },
    deleteDetectorVersion: (detectorId, detectorVersionId) => gone(`deleting detector version ${detectorVersionId}`, (options) => patient.send(new fd.DeleteDetectorVersionCommand({ detectorId, detectorVersionId }), options)),

    async predict (detectorId, detectorVersionId, { eventId, eventType, entityType, entityId, occurredAt, variables }) {
      const { modelScores, ruleResults } = await on('predicting', (options) => patient.send(new fd.GetEventPredictionCommand({
        detectorId, detectorVersionId, eventId, eventTypeName: eventType, entities: [{ entityType, entityId }], eventTimestamp: occurredAt, eventVariables: { ...variables }
      }), options))
      return {
        scores: Object.assign({}, ...(modelScores ?? []).map(({ scores }) => scores ?? {})) as Record<string, number>,
        matchedRules: (ruleResults ?? []).map(({ ruleId = '', outcomes }) => ({ ruleId, outcomes: outcomes ?? [] }))
      }
    },

    close () {
      for (const client of [patient, once, storage]) client.destroy()
    }
  }
}
