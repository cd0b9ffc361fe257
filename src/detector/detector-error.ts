/**
 * What went wrong while a detector was built, in one word that decides what the user can do:
 * `data` the training data is not fit · `plan` what is asked for contradicts itself or what exists · `closed` Amazon Fraud Detector takes no new customers ·
 * `forbidden` · `refused` the service does not take the request · `conflict` something else uses it or is under way · `missing` · `quota` ·
 * `unavailable` late, down or too busy; the same may succeed later · `training` the training failed · `interrupted`.
 */
export type DetectorErrorKind = 'data' | 'plan' | 'closed' | 'forbidden' | 'refused' | 'conflict' | 'missing' | 'quota' | 'unavailable' | 'training' | 'interrupted'

/** The one error of building, showing and clearing away a detector. Its message is for the person at the command line and never holds a value of the data. */
export class DetectorError extends Error {
  readonly kind: DetectorErrorKind

  constructor (kind: DetectorErrorKind, message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.name = 'DetectorError'
    this.kind = kind
  }
}

/** Whether the error is one of these kinds. */
export function isDetectorError (error: unknown, ...kinds: DetectorErrorKind[]): error is DetectorError {
  return error instanceof DetectorError && kinds.includes(error.kind)
}
