import type { NamedThing } from './detector-builder.ts'

const MARK = 'Made by ringfence for detector '

/** The description by which a thing tells later who made it; 128 characters are allowed. Source: Amazon Fraud Detector API Reference, `description`. */
export function descriptionOf (detectorId: string): string {
  return `${MARK}${detectorId}`
}

/** Whether a deployment made the thing, for this detector or, without one, for any. */
export function isOurs ({ description }: Pick<NamedThing, 'description'>, detectorId?: string): boolean {
  return detectorId === undefined ? description.startsWith(MARK) : description === descriptionOf(detectorId)
}
