import { type Static, Type } from '@sinclair/typebox'

const Share = Type.Number({ minimum: 0, maximum: 1 })
const Score = Type.Integer({ minimum: 0, maximum: 1000 })
const Count = Type.Integer({ minimum: 0 })
const closed = { additionalProperties: false }

/** How good a model is on rows that it was not trained with. Shares, 0 to 1, unless said otherwise. */
export const EvaluationSchema = Type.Object({
  rows: Count,
  frauds: Count,
  fraudShare: Share,
  /** With its interval of 95 %. */
  aucRoc: Type.Object({ value: Share, low: Share, high: Share }, closed),
  averagePrecision: Share,
  /** What is caught, and how much of what is flagged is fraud, when at most this share of legitimate rows is flagged; the score that does it. */
  atFalsePositiveRate: Type.Array(Type.Object({ falsePositiveRate: Share, score: Score, recall: Share, precision: Share }, closed)),
  /** The share of legitimate rows that exceeds each anchor of the score scale, beside the share that the scale promises. */
  calibration: Type.Array(Type.Object({ score: Score, target: Share, achieved: Share }, closed)),
  /** For each day the share of truly defrauded customers among the `cards` with the highest score, those found on earlier days left out; averaged. */
  cardPrecision: Type.Optional(Type.Object({ cards: Type.Integer({ minimum: 1 }), days: Type.Integer({ minimum: 1 }), value: Share }, closed))
}, closed)
export type Evaluation = Static<typeof EvaluationSchema>
export type CardPrecision = NonNullable<Evaluation['cardPrecision']>
