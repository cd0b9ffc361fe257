import { createHash } from 'node:crypto'

import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { EvaluationSchema } from './evaluation.ts'
import type { Encodings, Feature, StandIns } from './features.ts'
import type { TransformationName } from './transformations.ts'

/** The edition of the card's form; a program refuses those that it does not know. */
export const CARD_FORMAT = 2

const Share = Type.Number({ minimum: 0, maximum: 1 })
const Score = Type.Integer({ minimum: 0, maximum: 1000 })
const Count = Type.Integer({ minimum: 0 })
const Name = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' })
const closed = { additionalProperties: false }

const CardFeature = Type.Object({
  name: Type.String({ minLength: 1 }),
  kind: Type.Union([Type.Literal('numeric'), Type.Literal('categorical')]),
  variables: Type.Array(Type.String(), { maxItems: 2 }),
  transformation: Type.Unsafe<TransformationName>(Type.String()),
  vocabulary: Type.Optional(Type.Array(Type.String(), { uniqueItems: true })),
  typical: Type.Optional(Type.Union([Type.Number(), Type.String(), Type.Null()]))
}, closed)

const CardEncoding = Type.Object({
  rows: Count,
  frauds: Count,
  entries: Type.Array(Type.Unsafe<readonly [string, number, number]>(Type.Tuple([Type.String({ pattern: '^[0-9a-f]{12}$' }), Count, Count])))
}, closed)

const ModelCardSchema = Type.Object({
  format: Type.Literal(CARD_FORMAT),
  name: Name,
  version: Name,
  kind: Type.String({ minLength: 1 }),
  limits: Type.String({ minLength: 1 }),
  trainedAt: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T[\\d:.]+Z$' }),
  artefact: Type.Object({
    // A bare file name beside the card, never a path.
    file: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*\\.zip$' }),
    bytes: Type.Integer({ minimum: 1 }),
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' })
  }, closed),
  libraries: Type.Record(Type.String(), Type.String()),
  classes: Type.Array(Type.String(), { minItems: 2, maxItems: 2, uniqueItems: true }),
  fraudClassIndex: Type.Integer({ minimum: 0, maximum: 1 }),
  features: Type.Array(CardFeature, { minItems: 1 }),
  encodings: Type.Record(Type.String(), CardEncoding),
  standIns: Type.Object({ amount: Type.Optional(Type.String()), currency: Type.Optional(Type.String()) }, closed),
  trainingData: Type.Object({
    /** The file's name without its folder, or the generator's. */
    source: Type.String(),
    /** Of the plain text. */
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    seed: Type.Integer(),
    label: Type.String(),
    fraudValues: Type.Array(Type.String(), { minItems: 1 }),
    timestamp: Type.Union([Type.String(), Type.Null()]),
    rows: Type.Integer({ minimum: 1 }),
    frauds: Count,
    trainedRows: Type.Integer({ minimum: 1 }),
    legitimatePerFraud: Type.Number({ exclusiveMinimum: 0 }),
    heldOutRows: Type.Integer({ minimum: 1 }),
    from: Type.Union([Type.String(), Type.Null()]),
    heldOutFrom: Type.Union([Type.String(), Type.Null()]),
    to: Type.Union([Type.String(), Type.Null()]),
    leftOut: Type.Array(Type.Object({ column: Type.String(), why: Type.String() }, closed))
  }, closed),
  /** What each kind of model was worth on the validation part; the better one was trained again on all that is not held out. */
  candidates: Type.Array(Type.Object({ kind: Type.String(), averagePrecision: Share, aucRoc: Share }, closed), { minItems: 1 }),
  /** On the held-out rows. */
  evaluation: EvaluationSchema,
  scoreMap: Type.Array(Type.Object({ raw: Share, score: Score }, closed), { minItems: 2 }),
  thresholds: Type.Object({ fraudAbove: Score, investigateAbove: Score }, closed)
}, closed)

/** A model card: all that is needed to use the zipped model beside it, and to know what it is worth. */
export type ModelCard = Omit<Static<typeof ModelCardSchema>, 'features' | 'encodings' | 'standIns'> & { features: Feature[], encodings: Encodings, standIns: StandIns }

/** Hex SHA-256 of an artefact. */
export function sha256 (bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function checkMap ({ scoreMap }: ModelCard): void {
  const [first, last] = [scoreMap[0]!, scoreMap.at(-1)!]
  const isRising = scoreMap.every((knot, index) => index === 0 || (knot.raw >= scoreMap[index - 1]!.raw && knot.score > scoreMap[index - 1]!.score))
  if (first.raw !== 0 || first.score !== 0 || last.raw !== 1 || last.score !== 1000 || !isRising) throw new Error('the score map must rise from 0 at 0 to 1000 at 1')
}

function checkFeatures ({ features }: ModelCard): void {
  const names = features.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new Error(`feature ${twice} stands there twice`)
  for (const { name, kind, vocabulary, typical } of features) {
    if ((kind === 'categorical') !== (vocabulary !== undefined)) throw new Error(`feature ${name} must have a vocabulary if it is categorical, and only then`)
    if (typical != null && (typeof typical === 'number') !== (kind === 'numeric')) throw new Error(`feature ${name} has a typical value of another kind than its own`)
  }
}

/** Reads a model card from its JSON text. @throws Error that says what is wrong with it */
export function parseModelCard (json: string): ModelCard {
  const value: unknown = JSON.parse(json)
  const format = typeof value === 'object' && value !== null && 'format' in value ? value.format : undefined
  if (format !== CARD_FORMAT) throw new Error(`the card has format ${JSON.stringify(format) ?? 'none'}, this version reads ${CARD_FORMAT}; train the model anew`)
  if (!Value.Check(ModelCardSchema, value)) {
    const fault = Value.Errors(ModelCardSchema, value).First()
    throw new Error(`${fault?.path || '/'}: ${fault?.message ?? 'does not match the schema'}`)
  }
  checkMap(value as ModelCard)
  checkFeatures(value as ModelCard)
  return value as ModelCard
}
