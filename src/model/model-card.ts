import { createHash } from 'node:crypto'

import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'

import { describeFeatures, type Vocabularies } from './features.ts'

const Share = Type.Number({ minimum: 0, maximum: 1 })
const Score = Type.Integer({ minimum: 0, maximum: 1000 })
const closed = { additionalProperties: false }

const CardFeature = Type.Object({
  name: Type.String({ minLength: 1 }),
  kind: Type.Union([Type.Literal('numeric'), Type.Literal('categorical')]),
  variables: Type.Array(Type.String()),
  transformation: Type.String(),
  vocabulary: Type.Optional(Type.Array(Type.String(), { uniqueItems: true }))
}, closed)

const CardMetrics = Type.Object({
  rows: Type.Integer({ minimum: 1 }),
  fraudShare: Share,
  aucRoc: Share,
  averagePrecision: Share,
  atFalsePositiveRate: Type.Array(Type.Object({ falsePositiveRate: Share, recall: Share, precision: Share }, closed))
}, closed)

const ModelCardSchema = Type.Object({
  name: Type.String({ minLength: 1 }),
  version: Type.String({ minLength: 1 }),
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
  trainingData: Type.Object({
    generator: Type.String(),
    seed: Type.Integer(),
    rows: Type.Integer({ minimum: 1 }),
    trainedRows: Type.Integer({ minimum: 1 }),
    legitimatePerFraud: Type.Number({ exclusiveMinimum: 0 }),
    heldOutRows: Type.Integer({ minimum: 1 }),
    fraudShare: Share,
    from: Type.String(),
    heldOutFrom: Type.String(),
    to: Type.String()
  }, closed),
  heldOutMetrics: CardMetrics,
  scoreMap: Type.Array(Type.Object({ raw: Share, score: Score }, closed), { minItems: 2 }),
  thresholds: Type.Object({ fraudAbove: Score, investigateAbove: Score }, closed)
}, closed)

/** A model card: all that is needed to use the zipped model beside it, and to know what it is worth. */
export type ModelCard = Static<typeof ModelCardSchema>

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
  const described = features.map(({ name, kind, variables, transformation }) => ({ name, kind, variables, transformation }))
  if (JSON.stringify(described) !== JSON.stringify(describeFeatures())) throw new Error('its features are not those that this program computes; train the model anew')
  for (const { name, kind, vocabulary } of features) {
    if ((kind === 'categorical') !== (vocabulary !== undefined)) throw new Error(`feature ${name} must have a vocabulary if it is categorical, and only then`)
  }
}

/** Reads a model card from its JSON text. @throws Error that says what is wrong with it */
export function parseModelCard (json: string): ModelCard {
  const value: unknown = JSON.parse(json)
  if (!Value.Check(ModelCardSchema, value)) {
    const fault = Value.Errors(ModelCardSchema, value).First()
    throw new Error(`${fault?.path || '/'}: ${fault?.message ?? 'does not match the schema'}`)
  }
  checkMap(value)
  checkFeatures(value)
  return value
}

/** The card's vocabularies, by feature, for `extractFeatures`. */
export function vocabulariesOf ({ features }: Pick<ModelCard, 'features'>): Vocabularies {
  return new Map(features.flatMap(({ name, vocabulary }) => vocabulary === undefined ? [] : [[name, new Set(vocabulary)]]))
}
