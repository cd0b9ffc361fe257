import { type Account, type Detector, type DetectorVersion, type ExternalModelFunction, modelKey, ruleKey, type ScoreFunction, scoreName } from './account.ts'
import { compileRule } from './detector-pl.ts'
import { ruleTypeOf } from './rule-run.ts'

/** A detector that is there without the calls that would make it. */
export interface SeededDetector {
  detectorId: string
  eventTypeName: string
  /** By name; FLOAT for `number`, BOOLEAN, or STRING. */
  variables: Readonly<Record<string, 'string' | 'number' | 'boolean'>>
  /** The service's variable types, by name of the variable, where one is to be told. */
  variableTypes?: Readonly<Record<string, string>>
  /** `customer` by default. */
  entityType?: string
  /** `fraud` and `legit` by default. */
  labels?: readonly string[]
  /** Whether events are kept, so that they can be labelled later; true by default. */
  keepsEvents?: boolean
  /** Without one the detector has rules only. */
  model?: { modelId: string, score: ScoreFunction | number | null }
  /** By endpoint: the variable that the endpoint fills (a FLOAT), and how it answers. */
  externalModels?: Readonly<Record<string, { variable: string, answer: ExternalModelFunction }>>
  /** In their order; outcomes are made as they are named. */
  rules: readonly { ruleId: string, expression: string, outcomes: readonly string[] }[]
  /** FIRST_MATCHED by default. */
  ruleExecutionMode?: DetectorVersion['ruleExecutionMode']
}

/**
 * Puts a detector with one ACTIVE version into an account, in the place of one with its id.
 * @throws ExpressionFault when a rule is no DETECTORPL or uses an unknown variable
 */
export function seedDetector (account: Account, seed: SeededDetector): void {
  const { detectorId, eventTypeName, entityType = 'customer', labels = ['fraud', 'legit'], keepsEvents = true } = seed
  const dataTypes = { string: 'STRING', number: 'FLOAT', boolean: 'BOOLEAN' } as const
  const defaults = { string: 'unknown', number: '0', boolean: 'false' }
  for (const [name, type] of Object.entries(seed.variables)) {
    const variableType = seed.variableTypes?.[name]
    account.variables.set(name, { name, dataType: dataTypes[type], dataSource: 'EVENT', defaultValue: defaults[type], ...variableType === undefined ? {} : { variableType }, ...account.stamp(`variable/${name}`) })
  }
  for (const name of labels) account.labels.set(name, { name, ...account.stamp(`label/${name}`) })
  account.entityTypes.set(entityType, { name: entityType, ...account.stamp(`entity-type/${entityType}`) })
  account.eventTypes.set(eventTypeName, {
    name: eventTypeName,
    eventVariables: Object.keys(seed.variables),
    entityTypes: [entityType],
    labels,
    eventIngestion: keepsEvents ? 'ENABLED' : 'DISABLED',
    ...account.stamp(`event-type/${eventTypeName}`)
  })
  const externalModels = Object.entries(seed.externalModels ?? {})
  for (const [endpoint, { variable, answer }] of externalModels) seedExternalModel(account, endpoint, variable, answer)
  const modelVersions = seed.model === undefined ? [] : [seedModel(account, seed, seed.model)]
  for (const key of account.rules.keys()) {
    if (key.startsWith(`${detectorId}/`)) account.rules.delete(key)
  }
  const rules = seed.rules.map(({ ruleId, expression, outcomes }) => {
    const name = { detectorId, ruleId, ruleVersion: '1' }
    const compiled = compileRule(expression, variable => ruleTypeOf(account, eventTypeName, variable))
    for (const outcome of outcomes) account.outcomes.set(outcome, { name: outcome, ...account.stamp(`outcome/${outcome}`) })
    account.rules.set(ruleKey(name), { ...name, expression, language: 'DETECTORPL', outcomes, compiled, ...account.stamp(`rule/${ruleKey(name)}`) })
    return name
  })
  const detector: Detector = { detectorId, eventTypeName, ...account.stamp(`detector/${detectorId}`) }
  account.detectors.set(detectorId, detector)
  account.detectorVersions.set(`${detectorId}/1`, {
    detectorId,
    detectorVersionId: '1',
    status: 'ACTIVE',
    rules,
    modelVersions,
    externalModelEndpoints: externalModels.map(([endpoint]) => endpoint),
    ruleExecutionMode: seed.ruleExecutionMode ?? 'FIRST_MATCHED',
    ...account.stamp(`detector-version/${detectorId}/1`)
  })
}

function seedModel (account: Account, { eventTypeName, variables }: SeededDetector, { modelId, score }: NonNullable<SeededDetector['model']>) {
  const name = { modelId, modelType: 'TRANSACTION_FRAUD_INSIGHTS', modelVersionNumber: '1.0' } as const
  const key = modelKey(name, '1.0')
  const variable = scoreName(modelId)
  account.models.set(modelKey(name), { modelId, modelType: name.modelType, eventTypeName, ...account.stamp(`model/${modelKey(name)}`) })
  account.variables.set(variable, { name: variable, dataType: 'FLOAT', dataSource: 'MODEL_SCORE', defaultValue: '0', ...account.stamp(`variable/${variable}`) })
  account.modelVersions.set(key, {
    ...name,
    status: 'ACTIVE',
    trainingDataSource: 'EXTERNAL_EVENTS',
    trainingDataSchema: { modelVariables: Object.keys(variables) },
    score: typeof score === 'function' ? score : () => score,
    ...account.stamp(`model-version/${key}`)
  })
  return { ...name, arn: account.arnOf(`model-version/${key}`) }
}

function seedExternalModel (account: Account, modelEndpoint: string, variable: string, answer: ExternalModelFunction): void {
  account.variables.set(variable, { name: variable, dataType: 'FLOAT', dataSource: 'EXTERNAL_MODEL_SCORE', defaultValue: '0', ...account.stamp(`variable/${variable}`) })
  account.externalModels.set(modelEndpoint, {
    modelEndpoint,
    modelSource: 'SAGEMAKER',
    invokeModelEndpointRoleArn: 'arn:aws:iam::123456789012:role/frauddetector',
    inputConfiguration: { useEventVariables: true },
    outputConfiguration: { format: 'TEXT_CSV', csvIndexToVariableMap: { 0: variable } },
    modelEndpointStatus: 'ASSOCIATED',
    ...account.stamp(`external-model/${modelEndpoint}`)
  })
  account.externalModelFunctions.set(modelEndpoint, answer)
}
