import { parse } from 'csv-parse/sync'
import { RingfenceError } from '../../errors.ts'

/** Where the prediction stands in what an endpoint replies: a CSV column from 0, or a JSON pointer (RFC 6901). */
export type PredictionPlace = { format: 'csv', column: number } | { format: 'json', pointer: string }

/** One corner of the line from a model's prediction to a score. */
export interface ScaleKnot {
  raw: number
  /** 0 to 1000. */
  score: number
}

/** One transaction is asked about; a reply beyond this is no prediction. */
const MAX_REPLY_BYTES = 64 * 1024
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i
const ARRAY_INDEX = /^(?:0|[1-9]\d*)$/

/**
 * Finds the prediction in an endpoint's reply. Of CSV exactly one record is expected; of JSON a number, or text that is one.
 * @throws RingfenceError `scorer_reply_invalid` for an empty or overlong reply, another format (a proxy's page), no such place, or what is no finite number
 */
export function findPrediction (body: Uint8Array, place: PredictionPlace): number {
  if (body.length > MAX_REPLY_BYTES) throw unreadable(`It has ${body.length} bytes.`)
  const text = Buffer.from(body).toString('utf8')
  const found = place.format === 'csv' ? findInCsv(text, place.column) : findInJson(text, place.pointer)
  const number = typeof found === 'string' && DECIMAL.test(found.trim()) ? Number(found) : found
  if (typeof number !== 'number' || !Number.isFinite(number)) throw unreadable('No number stands where RINGFENCE_SAGEMAKER_RESPONSE says.')
  return number
}

/**
 * The score of a raw prediction, whole: lines are drawn between the knots, and what lies outside them has the score of the nearest.
 * A score exceeds a knot's exactly when the prediction does, so that a threshold put on a knot holds after rounding.
 */
export function scaleToScore (scale: readonly ScaleKnot[], raw: number): number {
  const upperIndex = scale.findIndex((knot) => raw <= knot.raw)
  const upper = scale[upperIndex] ?? scale.at(-1)
  const lower = upperIndex > 0 ? scale[upperIndex - 1] : undefined
  if (upper === undefined) throw new RangeError('the scale has no knots')
  if (lower === undefined) return upper.score
  const linear = lower.score + (upper.score - lower.score) * (raw - lower.raw) / (upper.raw - lower.raw)
  return Math.min(upper.score, Math.max(lower.score + 1, Math.ceil(linear)))
}

function findInCsv (text: string, column: number): unknown {
  const [record, ...others] = parsed(() => parse(text, { skip_empty_lines: true, relax_column_count: true, bom: true }))
  if (others.length > 0) throw unreadable('It has several records, and one was asked for.')
  return record?.[column]
}

function findInJson (text: string, pointer: string): unknown {
  const names = pointer.split('/').slice(1).map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'))
  return names.reduce<unknown>((node, name) => {
    if (Array.isArray(node)) return ARRAY_INDEX.test(name) ? node[Number(name)] : undefined
    return typeof node === 'object' && node !== null && Object.hasOwn(node, name) ? (node as Record<string, unknown>)[name] : undefined
  }, parsed((): unknown => JSON.parse(text)))
}

function parsed<T> (parse: () => T): T {
  try {
    return parse()
  } catch {
    // The parsers' own words repeat the reply.
    throw unreadable('It is not of the format that RINGFENCE_SAGEMAKER_RESPONSE says.')
  }
}

function unreadable (why: string): RingfenceError {
  return new RingfenceError('scorer_reply_invalid', { detail: `The endpoint's reply cannot be read. ${why}` })
}
