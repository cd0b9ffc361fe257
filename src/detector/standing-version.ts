import type { ModelVersion, TrainingSchema } from './detector-builder.ts'
import { DetectorError } from './detector-error.ts'

/**
 * The model version that was made from these data in this way, unless a new one is to be trained.
 * One that was made inactive can't be used again: Amazon Fraud Detector activates a version once.
 * @throws DetectorError `training` when it failed, `plan` when it is inactive, or versions of other data stand there and no retraining is asked for
 */
export function standingVersion (versions: readonly ModelVersion[], dataLocation: string, schema: TrainingSchema, retrain: boolean): ModelVersion | undefined {
  const isDead = ({ status }: ModelVersion): boolean => status === 'failed' || status === 'cancelled'
  const isSpent = ({ status }: ModelVersion): boolean => status === 'inactive' || status === 'deactivating'
  const allSame = versions.filter((version) => version.dataLocation === dataLocation && isSameSchema(version.schema, schema))
  const standing = allSame.findLast((version) => !isDead(version) && !isSpent(version))
  if (standing !== undefined) return standing
  if (retrain) return undefined
  const same = allSame.at(-1)
  if (same !== undefined && isSpent(same)) throw new DetectorError('plan', `Model version ${same.version} is of these data, but was made inactive and can't be used again; --retrain trains a new one.`)
  if (same !== undefined) throw trainingFailure(same.version, same.status, same.messages)
  const other = versions.findLast((version) => !isDead(version))
  if (other !== undefined) throw new DetectorError('plan', `Model version ${other.version} was made from other data, or with other variables or labels; --retrain trains a new one and switches over when it is ready.`)
  return undefined
}

/** Why a version came to nothing, with what the service says of the data. */
export function trainingFailure (version: string, status: string | undefined, messages: readonly string[]): DetectorError {
  const why = messages.map((message) => `\n  - ${message}`).join('')
  return new DetectorError('training', `The training of model version ${version} ${status === 'cancelled' ? 'was cancelled' : 'failed'}; --retrain tries again.${why}`)
}

const isSameSet = (a: readonly string[], b: readonly string[]): boolean => a.toSorted().join('\n') === b.toSorted().join('\n')

function isSameSchema (a: TrainingSchema, b: TrainingSchema): boolean {
  return isSameSet(a.modelVariables, b.modelVariables) && isSameSet(a.labels.fraud, b.labels.fraud) && isSameSet(a.labels.legit, b.labels.legit)
}
