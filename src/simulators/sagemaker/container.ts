import { parse } from 'csv-parse/sync'

/** Gives features a probability of fraud: cells of a CSV row, or an object's values, in order. */
export type ScoringFunction = (features: readonly unknown[]) => number

/** A container's refusal of a request, as a web server would put it. */
export class ContainerRefusal extends Error {
  readonly status: number

  constructor (status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** Rises with the first two features that are numbers: a pretended model, good for a demonstration and for nothing else. */
export const pretendedModel: ScoringFunction = (features) => {
  const [first = 0, second = 0] = features.map((value) => value === '' || value === null ? NaN : Number(value)).filter((value) => Number.isFinite(value))
  return 1 - Math.exp(-(Math.abs(first) / 2000 + Math.abs(second) / 20_000))
}

/**
 * Answers one invocation as a container with a model would: CSV rows or a JSON object in, one probability for each out, as CSV lines or as
 * `{"predictions": [{"score": …}]}`. Source of the two forms: Amazon SageMaker AI Developer Guide, "Common data formats for inference".
 * @throws ContainerRefusal 415 for another media type, 400 for what cannot be read, 406 for another reply
 */
export function serveInvocation (body: Buffer, { contentType, accept, score }: { contentType: string, accept: string, score: ScoringFunction }): { contentType: string, body: string } {
  const scores = readRows(body.toString('utf8'), contentType).map((row) => score(row))
  if (accept === 'application/json') return { contentType: accept, body: JSON.stringify({ predictions: scores.map((one) => ({ score: one })) }) }
  if (accept === 'text/csv' || accept === '*/*') return { contentType: 'text/csv; charset=utf-8', body: scores.map((one) => `${one}\n`).join('') }
  throw new ContainerRefusal(406, `${accept} is not a reply of this model.`)
}

function readRows (text: string, contentType: string): unknown[][] {
  try {
    if (contentType === 'text/csv') return parse(text, { skip_empty_lines: true })
    if (contentType === 'application/json') return [Object.values(JSON.parse(text) as object)]
  } catch (error) {
    throw new ContainerRefusal(400, error instanceof Error ? error.message : String(error))
  }
  throw new ContainerRefusal(415, `${contentType} is not a request of this model.`)
}
