import { Type, type Static, type TObject } from '@sinclair/typebox'
import { type Account, type DetectorVersion, modelKey, ruleKey } from './account.ts'
import { conflict, resourceNotFound, validation } from './refusal.ts'
import { Description, Identifier, ModelId, ModelType, ModelVersionNumber, oneOf, operation, type Operations, WholeVersion } from './request-shape.ts'
import { RuleShape } from './rules.ts'

const VersionName = { detectorId: Identifier, detectorVersionId: WholeVersion }
const VersionBody = {
  description: Description,
  externalModelEndpoints: Type.Optional(Type.Array(Type.String())),
  rules: Type.Array(RuleShape),
  modelVersions: Type.Optional(Type.Array(Type.Object({ modelId: ModelId, modelType: ModelType, modelVersionNumber: ModelVersionNumber, arn: Type.Optional(Type.String()) }))),
  ruleExecutionMode: Type.Optional(oneOf(['ALL_MATCHED', 'FIRST_MATCHED']))
}
const Transitions: Readonly<Record<DetectorVersion['status'], readonly string[]>> = { DRAFT: ['ACTIVE'], ACTIVE: ['INACTIVE'], INACTIVE: ['ACTIVE'] }

/** CreateDetectorVersion, GetDetectorVersion, UpdateDetectorVersion, …Metadata, …Status, DeleteDetectorVersion. */
export function createDetectorVersionOperations (account: Account): Operations {
  const { detectorVersions, limits } = account
  // A number is not given twice, also when its version is gone.
  const lastNumbers = new Map<string, { madeAt: string, number: number }>()

  function demand ({ detectorId, detectorVersionId }: { detectorId: string, detectorVersionId: string }): DetectorVersion {
    const version = detectorVersions.get(`${detectorId}/${detectorVersionId}`)
    if (version === undefined) throw resourceNotFound(`Version ${detectorVersionId} of detector ${detectorId} does not exist.`)
    return version
  }

  function keep (version: DetectorVersion): void {
    detectorVersions.set(`${version.detectorId}/${version.detectorVersionId}`, { ...version, lastUpdatedTime: account.now() })
  }

  function takeNumber (detectorId: string, madeAt: string): string {
    const last = lastNumbers.get(detectorId)
    const existing = Math.max(0, ...[...detectorVersions.values()].filter(version => version.detectorId === detectorId).map(version => Number(version.detectorVersionId)))
    const number = Math.max(existing, last?.madeAt === madeAt ? last.number : 0) + 1
    lastNumbers.set(detectorId, { madeAt, number })
    return String(number)
  }

  /** What a version consists of, each part known, deployed and for the detector's event type. */
  function readParts (detectorId: string, body: Static<TObject<typeof VersionBody>>) {
    const { rules, modelVersions = [], externalModelEndpoints = [], ruleExecutionMode = 'FIRST_MATCHED' } = body
    const detector = account.detectors.get(detectorId)
    if (detector === undefined) throw resourceNotFound(`Detector ${detectorId} does not exist.`)
    for (const rule of rules) {
      if (rule.detectorId !== detectorId) throw validation(`Rule ${rule.ruleId} belongs to detector ${rule.detectorId}.`)
      if (!account.rules.has(ruleKey(rule))) throw resourceNotFound(`Rule ${rule.ruleId} version ${rule.ruleVersion} does not exist.`)
    }
    if (new Set(rules.map(ruleKey)).size < rules.length) throw validation('A rule is named more than once.')
    if (modelVersions.length > limits.modelsPerDetectorVersion) throw validation(`A detector version may have at most ${limits.modelsPerDetectorVersion} models.`)
    const models = modelVersions.map(name => {
      const version = account.modelVersions.get(modelKey(name, name.modelVersionNumber))
      if (version === undefined) throw resourceNotFound(`Version ${name.modelVersionNumber} of model ${name.modelId} does not exist.`)
      if (version.status !== 'ACTIVE') throw validation(`Version ${name.modelVersionNumber} of model ${name.modelId} is ${version.status}, not ACTIVE.`)
      if (account.models.get(modelKey(name))?.eventTypeName !== detector.eventTypeName) throw validation(`Model ${name.modelId} is not for event type ${detector.eventTypeName}.`)
      const { modelId, modelType, modelVersionNumber, arn } = version
      return { modelId, modelType, modelVersionNumber, arn }
    })
    for (const endpoint of externalModelEndpoints) {
      if (account.externalModels.get(endpoint)?.modelEndpointStatus !== 'ASSOCIATED') throw validation(`The external model ${endpoint} is not associated.`)
    }
    return { rules, modelVersions: models, externalModelEndpoints, ruleExecutionMode, ...body.description === undefined ? {} : { description: body.description } }
  }

  return {
    CreateDetectorVersion: operation(Type.Object({ detectorId: Identifier, ...VersionBody }), ({ detectorId, ...body }) => {
      const parts = readParts(detectorId, body)
      const drafts = [...detectorVersions.values()].filter(version => version.detectorId === detectorId && version.status === 'DRAFT')
      if (drafts.length >= limits.draftDetectorVersions) throw validation(`The quota of ${limits.draftDetectorVersions} draft versions is used up.`)
      const detectorVersionId = takeNumber(detectorId, account.detectors.get(detectorId)?.createdTime ?? '')
      keep({ detectorId, detectorVersionId, status: 'DRAFT', ...parts, ...account.stamp(`detector-version/${detectorId}/${detectorVersionId}`) })
      return { detectorId, detectorVersionId, status: 'DRAFT' }
    }),
    GetDetectorVersion: operation(Type.Object(VersionName), demand),
    UpdateDetectorVersion: operation(Type.Object({ ...VersionName, ...VersionBody }), ({ detectorId, detectorVersionId, ...body }) => {
      const version = demand({ detectorId, detectorVersionId })
      if (version.status !== 'DRAFT') throw validation(`Version ${detectorVersionId} is ${version.status}, not DRAFT.`)
      keep({ ...version, ...readParts(detectorId, body) })
    }),
    UpdateDetectorVersionMetadata: operation(Type.Object({ ...VersionName, description: Type.String({ minLength: 1, maxLength: 128 }) }), ({ description, ...name }) => {
      keep({ ...demand(name), description })
    }),
    UpdateDetectorVersionStatus: operation(Type.Object({ ...VersionName, status: oneOf(['DRAFT', 'ACTIVE', 'INACTIVE']) }), ({ status, ...name }) => {
      const version = demand(name)
      if (!Transitions[version.status].includes(status)) throw validation(`A detector version cannot go from ${version.status} to ${status}.`)
      if (status === 'ACTIVE') {
        readParts(name.detectorId, { ...version, rules: [...version.rules], modelVersions: [...version.modelVersions], externalModelEndpoints: [...version.externalModelEndpoints] })
        // A detector has one ACTIVE version: the one before steps down.
        for (const other of detectorVersions.values()) {
          if (other.detectorId === name.detectorId && other.status === 'ACTIVE') keep({ ...other, status: 'INACTIVE' })
        }
      }
      keep({ ...version, status })
    }),
    DeleteDetectorVersion: operation(Type.Object(VersionName), name => {
      if (demand(name).status === 'ACTIVE') throw conflict(`Version ${name.detectorVersionId} of detector ${name.detectorId} is ACTIVE.`)
      detectorVersions.delete(`${name.detectorId}/${name.detectorVersionId}`)
    })
  }
}
