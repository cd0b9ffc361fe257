import { MAX_SCORE, RULE_OUTCOMES, type RuleOutcome, type Ruling } from '../../domain/outcome.ts'
import { RingfenceError } from '../../errors.ts'
import type { Assessment } from '../../ports.ts'

/** What a reply of GetEventPrediction is read by. */
export interface PredictionReading {
  detectorId: string
  /** `undefined` is the active one. */
  detectorVersionId: string | undefined
  /** The detector's outcomes, mildest first, and what each means here. */
  outcomes: ReadonlyArray<{ name: string, means: RuleOutcome }>
  noMatch: RuleOutcome
  /** Name of the score to tell; `undefined` is the highest insight score. */
  scoreName: string | undefined
}

/** A reply of GetEventPrediction. Any list may be absent; the SDK drops those that are null. */
export interface Prediction {
  modelScores?: ReadonlyArray<{
    modelVersion?: { modelId?: string | undefined, modelVersionNumber?: string | undefined } | undefined
    scores?: Readonly<Record<string, number | null>> | undefined
  }> | undefined
  ruleResults?: ReadonlyArray<{ ruleId?: string | undefined, outcomes?: readonly string[] | undefined }> | undefined
  externalModelOutputs?: ReadonlyArray<{
    externalModel?: { modelEndpoint?: string | undefined } | undefined
    outputs?: Readonly<Record<string, string | null>> | undefined
  }> | undefined
}

/** A detector may have thousands of rules, and a decision is one item of the table. */
const MAX_RULES_TOLD = 20
const INSIGHT_SCORE = /_insightscore$/
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i

interface ToldScore {
  score: number | null
  model: { name: string, version: string }
}

/**
 * Reads a prediction: which outcome the detector's rules gave, of which rules, and the score beside it.
 *
 * FIRST_MATCHED gives one rule's outcomes, ALL_MATCHED those of each rule that matched; either way the gravest outcome wins, and the rules that
 * carry it are told. That a reply without a match has an empty list of rules is not documented; a reply without any list at all is no prediction.
 * @throws RingfenceError `scorer_outcome_unknown` when an outcome is not configured and could be graver than those that are; `scorer_reply_invalid`
 */
export function readPrediction (prediction: Prediction, reading: PredictionReading): Assessment {
  if (prediction.modelScores === undefined && prediction.ruleResults === undefined && prediction.externalModelOutputs === undefined) {
    throw new RingfenceError('scorer_reply_invalid', { detail: 'The reply holds no prediction.' })
  }
  return { ...readScore(prediction, reading), unusedVariables: [], ruled: readRuling(prediction, reading) }
}

function readRuling ({ ruleResults = [] }: Prediction, { outcomes, noMatch }: PredictionReading): Ruling {
  const ranks = new Map(outcomes.map(({ name }, rank) => [name, rank]))
  const given = ruleResults.flatMap(({ ruleId = 'unnamed', outcomes: names = [] }) => names.map((name) => ({ ruleId, name, rank: ranks.get(name) })))
  const known = given.map(({ rank }) => rank).filter((rank) => rank !== undefined)
  const gravest = known.length === 0 ? undefined : outcomes[Math.max(...known)]
  const stranger = given.find(({ rank }) => rank === undefined)
  if (stranger !== undefined && gravest?.means !== RULE_OUTCOMES.at(-1)) {
    throw new RingfenceError('scorer_outcome_unknown', { detail: `RINGFENCE_FD_OUTCOMES does not name ${JSON.stringify(stranger.name.slice(0, 64))}.` })
  }
  if (gravest === undefined) return { outcome: noMatch, ruleIds: [] }
  const ruleIds = given.filter(({ name }) => name === gravest.name).map(({ ruleId }) => ruleId.slice(0, 64))
  return { outcome: gravest.means, ruleIds: [...new Set(ruleIds)].slice(0, MAX_RULES_TOLD) }
}

/**
 * Which score is told. Only insight scores are on the scale of 0 to 1000 (User Guide, "Model scores"), so of an imported model's outputs one is told
 * only by name, and only above 1: up to there it may be a probability, which would look like a harmless score. -1, which account takeover
 * models give to an entity's first event, is no score.
 */
function readScore (prediction: Prediction, { detectorId, detectorVersionId, scoreName }: PredictionReading): ToldScore {
  const { modelScores = [], externalModelOutputs = [] } = prediction
  const scores = modelScores.flatMap(({ modelVersion, scores = {} }) => Object.entries(scores).map(([name, value]) => ({
    name, score: toScore(value), model: { name: modelVersion?.modelId ?? name.replace(INSIGHT_SCORE, ''), version: modelVersion?.modelVersionNumber ?? 'unknown' }
  })))
  const outputs = externalModelOutputs.flatMap(({ externalModel, outputs = {} }) => Object.entries(outputs).map(([name, value]) => ({
    name, score: readOutput(value), model: { name: externalModel?.modelEndpoint ?? name, version: 'external' }
  })))
  const wanted = scoreName === undefined
    ? scores.filter(({ name, score }) => INSIGHT_SCORE.test(name) && score !== null)
    : [...scores, ...outputs].filter(({ name }) => name === scoreName)
  const [told] = wanted.toSorted((a, b) => (b.score ?? -1) - (a.score ?? -1))
  return {
    score: told?.score ?? null,
    model: (told ?? scores[0] ?? outputs[0])?.model ?? { name: detectorId, version: detectorVersionId ?? 'active' }
  }
}

function toScore (value: number | null | undefined): number | null {
  if (typeof value !== 'number' || !(value >= 0)) return null
  return Math.min(MAX_SCORE, Math.round(value))
}

/** An imported model's output is text, with white space around it as its container wrote it. */
function readOutput (value: string | null): number | null {
  const text = value?.trim() ?? ''
  const number = DECIMAL.test(text) ? Number(text) : NaN
  return number > 1 && number <= MAX_SCORE ? Math.round(number) : null
}
