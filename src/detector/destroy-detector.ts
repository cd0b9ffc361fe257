import type { DetectorBuilder, EventType, Model, ModelVersionStatus, NamedKind } from './detector-builder.ts'
import { DetectorError, isDetectorError } from './detector-error.ts'
import type { DetectorNames } from './detector-plan.ts'
import { descriptionOf, isOurs } from './ownership.ts'
import { ensure, waitFor, type StoryTools } from './story.ts'
import { isTrainingDataKey, trainingDataKey } from './training-data-key.ts'

/** What is to be cleared away. */
export interface DestroyRequest {
  names: DetectorNames
  /** Where the training data lie, when they are to go too. */
  data: { bucket: string, prefix: string } | undefined
  pollMs: number
}

/** What came of it. */
export interface Destroyed {
  deleted: readonly string[]
  /** Not this detector's alone: in use by others, or made by others. */
  kept: ReadonlyArray<{ thing: string, why: string }>
  /** This detector's, and still there. */
  left: ReadonlyArray<{ thing: string, why: string }>
}

/** What an event type is made of, and where it lists it. */
const PARTS = [['entity type', 'entityTypes'], ['label', 'labels'], ['variable', 'variables']] as const satisfies ReadonlyArray<[NamedKind, keyof EventType]>

/** Nothing is under way in these, so they can be deleted. */
const AT_REST: ReadonlySet<ModelVersionStatus | undefined> = new Set(['trained', 'inactive', 'cancelled', 'failed', undefined])

/**
 * Clears a detector away, in the order that the service asks for; again after an interruption, it goes on with what is left.
 * Only what a deployment made goes, and only what nobody else uses. Source: Amazon Fraud Detector API Reference, the pages of each Delete call.
 * @throws DetectorError `plan` when others made the detector
 */
export async function destroyDetector (tools: StoryTools, { names, data, pollMs }: DestroyRequest): Promise<Destroyed> {
  const { builder, tell } = tools
  const { detectorId, modelId, eventType } = names
  const deleted: string[] = []
  const kept: Array<{ thing: string, why: string }> = []
  const left: Array<{ thing: string, why: string }> = []

  /** What the service refuses is left, and the rest goes on; what nobody knows ends the run. */
  async function attempt (thing: string, run: () => Promise<void>, whyKeep?: () => Promise<string | undefined>): Promise<void> {
    tell({ step: 'destroy', state: 'doing', text: `deleting ${thing}` })
    try {
      const why = await whyKeep?.()
      if (why !== undefined) {
        keep(thing, why)
        return
      }
      await run()
    } catch (error) {
      if (!isDetectorError(error, 'conflict', 'refused', 'forbidden')) throw error
      left.push({ thing, why: error.message })
      tell({ step: 'destroy', state: 'warning', text: `${thing} is left: ${error.message}` })
      return
    }
    deleted.push(thing)
    tell({ step: 'destroy', state: 'deleted', text: thing })
  }
  const keep = (thing: string, why: string): void => { kept.push({ thing, why }) }

  const detectors = await builder.listDetectors()
  const detector = detectors.find((one) => one.detectorId === detectorId)
  if (detector !== undefined && !isOurs(detector)) throw new DetectorError('plan', `The detector ${detectorId} was not made by ringfence; nothing is deleted.`)
  const others = detectors.filter((one) => one.detectorId !== detectorId)
  const usedOutcomes = new Set<string>()
  for (const other of others) (await builder.listRules(other.detectorId)).forEach(({ outcomes }) => { outcomes.forEach((name) => usedOutcomes.add(name)) })

  if (detector !== undefined) {
    for (const { version, status } of await builder.listDetectorVersions(detectorId)) {
      await attempt(`detector version ${version}`, async () => {
        if (status === 'active') {
          await ensure(tools, {
            look: async () => (await builder.listDetectorVersions(detectorId)).find((one) => one.version === version && one.status !== 'active'),
            make: async () => { await builder.setDetectorVersionStatus(detectorId, version, 'inactive') }
          })
        }
        await builder.deleteDetectorVersion(detectorId, version)
      })
    }
    for (const rule of await builder.listRules(detectorId)) await attempt(`rule ${rule.ruleId}, version ${rule.version}`, async () => { await builder.deleteRule(detectorId, rule) })
    await attempt(`detector ${detectorId}`, async () => { await builder.deleteDetector(detectorId) })
  }

  if (data !== undefined) {
    for (const place of await builder.listTrainingData(data.bucket, `${data.prefix}${detectorId}/`)) {
      const object = `s3://${place.bucket}/${place.key}`
      if (!isTrainingDataKey(place.key, data.prefix, detectorId)) keep(object, 'it was not made by ringfence')
      else {
        await attempt(object, async () => { await builder.deleteTrainingData(place) }, async () => {
          const found = await builder.findTrainingData(place)
          // An upload carries the hash that its name is made of.
          const isUpload = found === undefined || (found.sha256 !== null && trainingDataKey(data.prefix, detectorId, found.sha256) === place.key)
          return isUpload ? undefined : 'it was not made by ringfence'
        })
      }
    }
  }

  const model = (await builder.listModels()).find((one) => one.modelId === modelId)
  if (model !== undefined) {
    const why = await whyKeepModel(builder, model, names, others.filter((one) => one.eventType === eventType).map((one) => one.detectorId))
    if (why !== undefined) keep(`model ${modelId}`, why)
    else {
      for (const { version } of await builder.listModelVersions(modelId)) {
        await attempt(`model version ${version}`, async () => {
          await quieten(tools, modelId, version, pollMs)
          await builder.deleteModelVersion(modelId, version)
        })
      }
      await attempt(`model ${modelId}`, async () => { await builder.deleteModel(modelId) })
    }
  }

  for (const outcome of await builder.listNamed('outcome')) {
    if (!isOurs(outcome, detectorId)) continue
    if (usedOutcomes.has(outcome.name)) keep(`outcome ${outcome.name}`, 'rules of another detector use it')
    else await attempt(`outcome ${outcome.name}`, async () => { await builder.deleteNamed('outcome', outcome.name) })
  }

  const eventTypes = await builder.listEventTypes()
  const own = eventTypes.find(({ name }) => name === eventType)
  if (own !== undefined) {
    const users = [...others.filter((one) => one.eventType === eventType).map((one) => `detector ${one.detectorId}`), ...(await builder.listModels()).filter((one) => one.eventType === eventType).map((one) => `model ${one.modelId}`)]
    if (!isOurs(own)) keep(`event type ${eventType}`, 'it was not made by ringfence')
    else if (users.length > 0) keep(`event type ${eventType}`, `used by ${users.join(', ')}`)
    else {
      await attempt(`the stored events of ${eventType}`, async () => { await deleteEvents(tools, eventType, pollMs) })
      await attempt(`event type ${eventType}`, async () => {
        // Afterwards nothing tells any more that these parts were this detector's.
        await claimParts(builder, own, eventTypes, detectorId)
        await builder.deleteEventType(eventType)
      })
    }
  }

  const remaining = await builder.listEventTypes()
  for (const [kind, field] of PARTS) {
    for (const thing of await builder.listNamed(kind)) {
      const isListed = own?.[field].includes(thing.name) === true
      if (!isListed && !isOurs(thing, detectorId)) continue
      const users = remaining.filter((one) => one[field].includes(thing.name)).map(({ name }) => name)
      if (users.length > 0) keep(`${kind} ${thing.name}`, `used by the event type ${users.join(', ')}`)
      else if (!isOurs(thing)) keep(`${kind} ${thing.name}`, 'it was not made by ringfence')
      else await attempt(`${kind} ${thing.name}`, async () => { await builder.deleteNamed(kind, thing.name) })
    }
  }
  return { deleted, kept, left }
}

async function whyKeepModel (builder: DetectorBuilder, model: Model, { eventType }: DetectorNames, neighbours: readonly string[]): Promise<string | undefined> {
  if (!isOurs(model)) return 'it was not made by ringfence'
  if (model.eventType !== eventType) return `it is for the event type ${model.eventType}`
  for (const neighbour of neighbours) {
    const uses = (await builder.listDetectorVersions(neighbour)).some(({ models }) => models.some(({ modelId }) => modelId === model.modelId))
    if (uses) return `the detector ${neighbour} uses it`
  }
  return undefined
}

/** Marks as this detector's the parts that a deployment made for another one and that only this event type still lists, so that a later run finds them. */
async function claimParts (builder: DetectorBuilder, own: EventType, eventTypes: readonly EventType[], detectorId: string): Promise<void> {
  const description = descriptionOf(detectorId)
  for (const [kind, field] of PARTS) {
    for (const thing of await builder.listNamed(kind)) {
      const isShared = eventTypes.some((one) => one.name !== own.name && one[field].includes(thing.name))
      if (!own[field].includes(thing.name) || isShared || !isOurs(thing) || isOurs(thing, detectorId)) continue
      await (kind === 'variable' ? builder.describeVariable(thing.name, description) : builder.putNamed(kind, { name: thing.name, description }))
    }
  }
}

/** Ends what is under way in a model version: a training, an activation, its service. */
async function quieten (tools: StoryTools, modelId: string, version: string, pollMs: number): Promise<void> {
  const { builder, tell } = tools
  const look = async () => await builder.findModelVersionStatus(modelId, version)
  await waitFor(tools, pollMs, async () => {
    const status = await look()
    if (AT_REST.has(status)) return true
    if (status === 'training' || status === 'active') {
      await ensure(tools, {
        look: async () => await look() === status ? undefined : true,
        make: async () => { await builder.setModelVersionStatus(modelId, version, status === 'active' ? 'inactive' : 'cancelled') }
      })
    }
    tell({ step: 'destroy', state: 'doing', text: `waiting for model version ${version} to come to rest` })
    return undefined
  })
}

/** Asks for the deletion of all events, or joins one under way, and waits for its end. */
async function deleteEvents (tools: StoryTools, eventType: string, pollMs: number): Promise<void> {
  const { builder, tell } = tools
  try {
    await builder.deleteEvents(eventType)
  } catch (error) {
    // One is under way, ours or another's.
    if (!isDetectorError(error, 'conflict')) throw error
  }
  await waitFor(tools, pollMs, async () => {
    const state = await builder.eventDeletion(eventType)
    if (state === 'failed') throw new DetectorError('refused', 'Amazon Fraud Detector says that the deletion failed')
    if (state !== 'running') return true
    tell({ step: 'destroy', state: 'doing', text: `waiting for the deletion of the events of ${eventType}` })
    return undefined
  })
}
