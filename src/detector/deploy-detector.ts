import { RULE_OUTCOMES } from '../domain/outcome.ts'
import { profileCsv, type CsvProfile } from './csv-profile.ts'
import type { DetectorBuilder, DetectorVersion, EventType, ModelMetrics, ModelVersion, RuleReference, TrainingDataPlace, TrainingSchema } from './detector-builder.ts'
import { DetectorError } from './detector-error.ts'
import { planDetector, type DetectorPlan, type PlanWishes } from './detector-plan.ts'
import { rulesFor, thresholdsFor, type RuleThresholds } from './detector-rules.ts'
import { descriptionOf, isOurs } from './ownership.ts'
import { standingVersion, trainingFailure } from './standing-version.ts'
import { ensure, waitFor, type StoryTools, type Told } from './story.ts'
import type { Finding } from './training-data-check.ts'
import { trainingDataKey } from './training-data-key.ts'

/** The steps of a deployment, in order. Each makes its part unless it is there and the same, so a deployment can be run again at any time. */
export const DEPLOY_STEPS = [
  'profile', 'survey', 'upload', 'variables', 'labels', 'entity type', 'event type', 'outcomes', 'model', 'training', 'model activation', 'detector', 'rules', 'detector version', 'activation'
] as const
export type DeployStep = typeof DEPLOY_STEPS[number]

/** What is to be deployed. */
export interface DeployRequest extends PlanWishes {
  bucket: string
  /** The folder within the bucket, ending in `/`. */
  prefix: string
  /** Whether the user named the event type, and so may mean one that others made. */
  sharesEventType: boolean
  /** The role with which Amazon Fraud Detector reads the bucket. */
  roleArn: string
  /** Gives the plain CSV from its beginning, each time it is asked. */
  openData: () => AsyncIterable<Uint8Array>
  /** Train a new version when the data are new, or the last training of these data failed. */
  retrain: boolean
  /** Make an older detector version active again although a later one is. */
  reactivate: boolean
  /** Whether to wait for the training. */
  wait: boolean
  pollMs: number
}

/** What came of it: all is ready, or the training goes on. */
export type Deployed =
  | { state: 'training', plan: DetectorPlan, modelVersion: string, hasChanged: boolean }
  | { state: 'ready', plan: DetectorPlan, modelVersion: string, detectorVersion: string, metrics: ModelMetrics, thresholds: RuleThresholds, olderActiveModels: readonly string[], hasChanged: boolean }

export interface DeployTools extends StoryTools {
  showProfile: (profile: CsvProfile, plan: DetectorPlan | undefined, findings: readonly Finding[]) => void
  showMetrics: (metrics: ModelMetrics, thresholds: RuleThresholds, modelVersion: string) => void
}

/**
 * Builds, trains and activates a detector, or goes on where an earlier run ended.
 * The former detector version stays the active one until everything of the new one is ready.
 * @throws DetectorError
 */
export async function deployDetector (tools: DeployTools, request: DeployRequest): Promise<Deployed> {
  const { builder, tell } = tools
  let hasChanged = false
  async function step<T> (name: DeployStep, run: (doing: (text: string) => void) => Promise<{ text: string, made: boolean, value: T }>): Promise<T> {
    const doing = (text: string): void => { tell({ step: name, state: 'doing', text }) }
    doing(name)
    const { text, made, value } = await run(doing)
    hasChanged ||= made
    tell({ step: name, state: made ? 'made' : 'there', text } satisfies Told)
    return value
  }

  // Reading the data takes long; what is wrong with the settings is told before.
  await builder.checkRegion()
  const { profile, plan } = await step('profile', async (doing) => {
    const profile = await profileCsv(request.openData(), (bytes) => { doing(`profile: ${megabytes(bytes)} read`) })
    const { plan, findings } = planDetector(profile, request)
    tools.showProfile(profile, plan, findings)
    if (plan === undefined) throw new DetectorError('data', 'The training data were refused; nothing was uploaded and nothing made.')
    return { text: `${profile.rows} rows, ${plan.variables.length} variables, of which the model learns from ${plan.modelVariables.length}`, made: false, value: { profile, plan } }
  })
  const { names: { detectorId, modelId, eventType, entityType } } = plan
  const description = descriptionOf(detectorId)
  const schema: TrainingSchema = { modelVariables: plan.modelVariables, labels: plan.labels }
  // Named by its content: a model version tells by its data's place what it was trained on.
  const place: TrainingDataPlace = { bucket: request.bucket, key: trainingDataKey(request.prefix, detectorId, profile.sha256) }
  const dataLocation = `s3://${place.bucket}/${place.key}`

  await step('survey', async () => {
    await refuseForeign(builder, plan, request.sharesEventType)
    const standing = standingVersion(await builder.listModelVersions(modelId), dataLocation, schema, request.retrain)
    return { text: standing === undefined ? 'a model version is to be trained' : `model version ${standing.version} is of these data`, made: false, value: undefined }
  })

  await step('upload', async (doing) => {
    const found = await builder.findTrainingData(place)
    const isThere = found?.bytes === profile.bytes && found.sha256 === profile.sha256
    if (!isThere) {
      await builder.uploadTrainingData(place, { bytes: profile.bytes, sha256: profile.sha256, open: request.openData }, (bytes) => {
        doing(`upload: ${megabytes(bytes)} of ${megabytes(profile.bytes)}`)
      })
    }
    return { text: dataLocation, made: !isThere, value: undefined }
  })

  await step('variables', async () => {
    const { wasMade } = await ensure(tools, {
      look: async () => await missingVariables(builder, plan).then((missing) => missing.length === 0 ? true : undefined),
      make: async () => { await builder.createVariables((await missingVariables(builder, plan)).map((variable) => ({ ...variable, description }))) }
    })
    return { text: plan.variables.map(({ name }) => name).join(', '), made: wasMade, value: undefined }
  })

  const labels = [...plan.labels.fraud, ...plan.labels.legit]
  const outcomes = RULE_OUTCOMES.map((outcome) => plan.outcomes[outcome])
  const putMissing = async (kind: 'label' | 'entity type' | 'outcome', names: readonly string[]) => {
    const known = new Set((await builder.listNamed(kind)).map(({ name }) => name))
    const missing = names.filter((name) => !known.has(name))
    for (const name of missing) await builder.putNamed(kind, { name, description })
    return { text: names.join(', '), made: missing.length > 0, value: undefined }
  }
  await step('labels', async () => await putMissing('label', labels))
  await step('entity type', async () => await putMissing('entity type', [entityType]))

  await step('event type', async () => {
    const wanted: EventType = { name: eventType, description, variables: plan.variables.map(({ name }) => name), labels, entityTypes: [entityType], storesEvents: true }
    const existing = (await builder.listEventTypes()).find(({ name }) => name === eventType)
    const isThere = existing !== undefined && covers(existing, wanted)
    if (!isThere) {
      if (existing !== undefined && !isOurs(existing)) throw new DetectorError('plan', `The event type ${eventType} exists, was not made by ringfence and lacks some of the variables, labels or entity types, or does not store events; choose another with --event-type.`)
      // Nothing is taken away from an event type: an active model may need it.
      await builder.putEventType(existing === undefined ? wanted : united(existing, wanted))
    }
    return { text: `${eventType}, which stores its events`, made: !isThere, value: undefined }
  })
  await step('outcomes', async () => await putMissing('outcome', outcomes))

  await step('model', async () => {
    const { wasMade } = await ensure(tools, {
      look: async () => (await builder.listModels()).find((model) => model.modelId === modelId),
      make: async () => { await builder.createModel({ modelId, description, eventType }) }
    })
    return { text: modelId, made: wasMade, value: undefined }
  })

  const trained = await step('training', async (doing) => {
    const versions = await builder.listModelVersions(modelId)
    const find = async (): Promise<ModelVersion | undefined> => {
      const now = await builder.listModelVersions(modelId)
      // One that this run began counts, however its training ends.
      return now.find((one) => one.dataLocation === dataLocation && !versions.some(({ version }) => version === one.version)) ?? standingVersion(now, dataLocation, schema, request.retrain)
    }
    const { found: { version, ...begun }, wasMade } = await ensure(tools, { look: find, make: async () => { await builder.createModelVersion(modelId, { dataLocation, roleArn: request.roleArn, schema }) } })
    if (begun.status === 'training' || begun.status === 'cancelling') {
      doing(`training model version ${version}`)
      if (!request.wait) return { text: `model version ${version} is being trained`, made: wasMade, value: { version, status: begun.status } }
      await waitFor(tools, request.pollMs, async () => {
        const status = await builder.findModelVersionStatus(modelId, version)
        return status === 'training' || status === 'cancelling' ? undefined : status ?? 'failed'
      })
    }
    const { status, messages = [] } = (await builder.listModelVersions(modelId)).find((one) => one.version === version) ?? {}
    if (status === 'failed' || status === 'cancelled' || status === undefined) throw trainingFailure(version, status, messages)
    return { text: `model version ${version} is trained`, made: wasMade || begun.status === 'training', value: { version, status } }
  })
  if (trained.status === 'training' || trained.status === 'cancelling') return { state: 'training', plan, modelVersion: trained.version, hasChanged }

  const metrics = await metricsOf(builder, modelId, trained.version)
  const thresholds = thresholdsFor(metrics, plan.falsePositiveRates)
  tools.showMetrics(metrics, thresholds, trained.version)

  await step('model activation', async (doing) => {
    const { found, wasMade } = await ensure(tools, {
      look: async () => {
        const status = await builder.findModelVersionStatus(modelId, trained.version)
        return status === 'active' || status === 'activating' ? status : undefined
      },
      make: async () => { await builder.setModelVersionStatus(modelId, trained.version, 'active') }
    })
    if (found === 'activating') {
      doing(`activating model version ${trained.version}`)
      await waitFor(tools, request.pollMs, async () => {
        const now = await builder.findModelVersionStatus(modelId, trained.version)
        if (now !== 'active' && now !== 'activating') throw new DetectorError('training', `Model version ${trained.version} could not be activated: it is ${now ?? 'gone'}.`)
        return now === 'active' ? now : undefined
      })
    }
    return { text: `model version ${trained.version} is active`, made: wasMade || found === 'activating', value: undefined }
  })

  await step('detector', async () => {
    const isThere = (await builder.listDetectors()).some((detector) => detector.detectorId === detectorId)
    if (!isThere) await builder.putDetector({ detectorId, description, eventType })
    return { text: detectorId, made: !isThere, value: undefined }
  })

  const rules = await step('rules', async () => {
    const wanted = rulesFor(plan, thresholds)
    const references: RuleReference[] = []
    let made = false
    for (const { ruleId, expression, outcomes } of wanted) {
      const versions = async () => (await builder.listRules(detectorId)).filter((rule) => rule.ruleId === ruleId)
      const { found, wasMade } = await ensure(tools, {
        look: async () => (await versions()).findLast((rule) => rule.expression === expression && isSame(rule.outcomes, outcomes)),
        make: async () => {
          const newest = (await versions()).at(-1)
          await (newest === undefined ? builder.createRule(detectorId, { ruleId, expression, outcomes }) : builder.reviseRule(detectorId, { ...newest, expression, outcomes }))
        }
      })
      made ||= wasMade
      references.push({ ruleId, version: found.version })
    }
    return { text: wanted.map(({ expression, outcomes }) => `${expression}: ${outcomes.join(', ')}`).join(' · '), made, value: references }
  })

  const models = [{ modelId, version: trained.version }]
  const version = await step('detector version', async () => {
    const { found, wasMade } = await ensure(tools, {
      look: async () => (await builder.listDetectorVersions(detectorId)).findLast((one) => isSameVersion(one, rules, models)),
      make: async () => { await builder.createDetectorVersion(detectorId, { rules, models }) }
    })
    return { text: `version ${found.version}`, made: wasMade, value: found }
  })

  await step('activation', async () => {
    if (version.status === 'active') return { text: `version ${version.version} is active`, made: false, value: undefined }
    const active = (await builder.listDetectorVersions(detectorId)).find(({ status }) => status === 'active')
    if (version.status === 'inactive' && active !== undefined && Number(active.version) > Number(version.version) && !request.reactivate) {
      throw new DetectorError('plan', `Detector version ${version.version} is what you ask for, but the later version ${active.version} was made active since; --reactivate goes back.`)
    }
    await ensure(tools, {
      look: async () => (await builder.listDetectorVersions(detectorId)).find((one) => one.version === version.version && one.status === 'active'),
      make: async () => { await builder.setDetectorVersionStatus(detectorId, version.version, 'active') }
    })
    return { text: `version ${version.version} is active${active === undefined ? '' : `, in place of version ${active.version}`}`, made: true, value: undefined }
  })

  const olderActiveModels = (await builder.listModelVersions(modelId)).filter((one) => one.status === 'active' && one.version !== trained.version).map((one) => one.version)
  return { state: 'ready', plan, modelVersion: trained.version, detectorVersion: version.version, metrics, thresholds, olderActiveModels, hasChanged }
}

/** Things of these names that others made are not taken over. @throws DetectorError `plan` */
async function refuseForeign (builder: DetectorBuilder, { names: { detectorId, modelId, eventType }, variables }: DetectorPlan, sharesEventType: boolean): Promise<void> {
  const detector = (await builder.listDetectors()).find((one) => one.detectorId === detectorId)
  if (detector !== undefined && !isOurs(detector)) throw new DetectorError('plan', `The detector ${detectorId} exists and was not made by ringfence; choose another name with --detector.`)
  if (detector !== undefined && detector.eventType !== eventType) throw new DetectorError('plan', `The detector ${detectorId} exists with the event type ${detector.eventType}, which can't be changed.`)
  const model = (await builder.listModels()).find((one) => one.modelId === modelId)
  if (model !== undefined && !isOurs(model)) throw new DetectorError('plan', `The model ${modelId} exists and was not made by ringfence; choose another name with --model.`)
  if (model !== undefined && model.eventType !== eventType) throw new DetectorError('plan', `The model ${modelId} exists with the event type ${model.eventType}; choose another name with --model.`)
  // A detector of ours on it tells that it was meant before.
  const existing = detector === undefined && !sharesEventType ? (await builder.listEventTypes()).find(({ name }) => name === eventType) : undefined
  if (existing !== undefined && !isOurs(existing)) throw new DetectorError('plan', `The event type ${eventType} exists and was not made by ringfence; --event-type ${eventType} shares it, another name makes one.`)
  await missingVariables(builder, { variables })
}

/** @throws DetectorError `plan` naming the variables that exist with another type: a variable is shared by all event types of an account, and keeps its type */
async function missingVariables (builder: DetectorBuilder, { variables }: Pick<DetectorPlan, 'variables'>) {
  const known = new Map((await builder.listVariables()).map((variable) => [variable.name, variable]))
  const others = variables.filter(({ name, type }) => known.has(name) && known.get(name)?.type !== type)
  if (others.length > 0) {
    const types = others.map(({ name }) => `${name}=${known.get(name)?.type ?? ''}`).join(',')
    throw new DetectorError('plan', `Some variables exist with another type. To take them as they are: --types ${types}`)
  }
  return variables.filter(({ name }) => !known.has(name))
}

async function metricsOf (builder: DetectorBuilder, modelId: string, version: string): Promise<ModelMetrics> {
  const { metrics } = (await builder.listModelVersions(modelId)).find((one) => one.version === version) ?? {}
  if (metrics === undefined || metrics === null) throw new DetectorError('training', `Model version ${version} has no metrics to make rules from.`)
  return metrics
}

const isSame = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((item, index) => item === b[index])
const includesAll = (all: readonly string[], some: readonly string[]): boolean => some.every((item) => all.includes(item))
const union = (a: readonly string[], b: readonly string[]): string[] => [...new Set([...a, ...b])]
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

function covers (existing: EventType, wanted: EventType): boolean {
  return existing.storesEvents && includesAll(existing.variables, wanted.variables) && includesAll(existing.labels, wanted.labels) && includesAll(existing.entityTypes, wanted.entityTypes)
}

function united (existing: EventType, wanted: EventType): EventType {
  return {
    ...wanted,
    description: existing.description,
    variables: union(existing.variables, wanted.variables),
    labels: union(existing.labels, wanted.labels),
    entityTypes: union(existing.entityTypes, wanted.entityTypes)
  }
}

function isSameVersion ({ rules, models, firstMatchDecides }: DetectorVersion, wantedRules: readonly RuleReference[], wantedModels: DetectorVersion['models']): boolean {
  return firstMatchDecides && isSame(rules.map(({ ruleId, version }) => `${ruleId} ${version}`), wantedRules.map(({ ruleId, version }) => `${ruleId} ${version}`)) &&
    isSame(models.map(({ modelId, version }) => `${modelId} ${version}`), wantedModels.map(({ modelId, version }) => `${modelId} ${version}`))
}
