import { RULE_OUTCOMES, ruleOutcome, type RuleOutcome, type Thresholds } from '../domain/outcome.ts'

/** Who scored. */
export interface ScoringModel {
  /** Kind of scorer; `shadow` for one that decided nothing. */
  scorer: string
  model: string
  version: string
}

/** A payment that two models scored. */
export interface ScoredTwice {
  transactionId: string
  cardId: string
  atMs: number
  /** `null`: no scorer had a word. */
  first: ScoringModel | null
  /** `null`: its detector gave an outcome and no score, or no scorer had a word. */
  firstScore: number | null
  shadow: ScoringModel
  shadowScore: number
  /** Whether its cardholder was asked, so that there may be an answer. */
  isAsked: boolean
}

/** How many are marked `fraud`: payments, and the cards that they are on. */
export interface Marked {
  payments: number
  cards: number
}

/** Answered payments: all, and those that each model marks `fraud`. */
export interface AnsweredMarked {
  all: number
  first: number
  shadow: number
}

/** What one version of the first model and one of the shadow said of the same payments. */
export interface ScoreComparison {
  first: ScoringModel | null
  shadow: ScoringModel
  fromMs: number
  toMs: number
  /** Payments that both scored. All else is about them. */
  rows: number
  /** Payments that only the shadow scored. */
  unscored: number
  /** Spearman's, -1 to 1; `null` where one of them says the same score of all. */
  rankCorrelation: number | null
  /** How many have which outcome by the thresholds: of the first model, then of the shadow. */
  outcomes: Record<RuleOutcome, Record<RuleOutcome, number>>
  marked: { first: Marked, shadow: Marked }
  answered: { fraud: AnsweredMarked, genuine: AnsweredMarked }
}

/** Takes payments and answers in any order. Its room grows with the pairs of scores, the marked cards and the asked payments, not with all payments. */
export interface ScoreComparer {
  add: (payment: ScoredTwice) => void
  answer: (transactionId: string, answer: 'fraud' | 'genuine') => void
  /** One for each pair of versions, the one with the most payments first. */
  compare: () => ScoreComparison[]
}

interface Pairing extends Pick<ScoreComparison, 'first' | 'shadow' | 'fromMs' | 'toMs' | 'unscored'> {
  scores: Map<string, { first: number, shadow: number, count: number }>
  cards: { first: Set<string>, shadow: Set<string> }
  asked: Map<string, { first: number, shadow: number }>
}

/** Creates a comparison of what two models said of the same payments, at the thresholds that decide. */
export function createScoreComparer (thresholds: Thresholds): ScoreComparer {
  const pairings = new Map<string, Pairing>()
  const answers = new Map<string, 'fraud' | 'genuine'>()
  const outcomeOf = (score: number): RuleOutcome => ruleOutcome(score, thresholds).outcome

  function pairingOf ({ first, shadow, atMs }: ScoredTwice): Pairing {
    const key = JSON.stringify([first, shadow])
    const known = pairings.get(key)
    if (known !== undefined) return known
    const pairing: Pairing = { first, shadow, fromMs: atMs, toMs: atMs, unscored: 0, scores: new Map(), cards: { first: new Set(), shadow: new Set() }, asked: new Map() }
    pairings.set(key, pairing)
    return pairing
  }

  function finish ({ first, shadow, fromMs, toMs, unscored, scores, cards, asked }: Pairing): ScoreComparison {
    const cells = [...scores.values()]
    const none = (): Record<RuleOutcome, number> => ({ approve: 0, investigate: 0, fraud: 0 })
    const outcomes = { approve: none(), investigate: none(), fraud: none() }
    for (const cell of cells) outcomes[outcomeOf(cell.first)][outcomeOf(cell.shadow)] += cell.count
    const answered = { fraud: { all: 0, first: 0, shadow: 0 }, genuine: { all: 0, first: 0, shadow: 0 } }
    for (const [transactionId, said] of asked) {
      const answer = answers.get(transactionId)
      if (answer === undefined) continue
      const own = answered[answer]
      own.all++
      if (outcomeOf(said.first) === 'fraud') own.first++
      if (outcomeOf(said.shadow) === 'fraud') own.shadow++
    }
    return {
      first,
      shadow,
      fromMs,
      toMs,
      rows: cells.reduce((sum, { count }) => sum + count, 0),
      unscored,
      rankCorrelation: rankCorrelation(cells),
      outcomes,
      marked: {
        first: { payments: RULE_OUTCOMES.reduce((sum, other) => sum + outcomes.fraud[other], 0), cards: cards.first.size },
        shadow: { payments: RULE_OUTCOMES.reduce((sum, other) => sum + outcomes[other].fraud, 0), cards: cards.shadow.size }
      },
      answered
    }
  }

  return {
    add (payment) {
      const { transactionId, cardId, atMs, firstScore, shadowScore, isAsked } = payment
      const pairing = pairingOf(payment)
      pairing.fromMs = Math.min(pairing.fromMs, atMs)
      pairing.toMs = Math.max(pairing.toMs, atMs)
      if (firstScore === null) {
        pairing.unscored++
        return
      }
      const key = `${firstScore} ${shadowScore}`
      const cell = pairing.scores.get(key)
      if (cell === undefined) pairing.scores.set(key, { first: firstScore, shadow: shadowScore, count: 1 })
      else cell.count++
      if (outcomeOf(firstScore) === 'fraud') pairing.cards.first.add(cardId)
      if (outcomeOf(shadowScore) === 'fraud') pairing.cards.shadow.add(cardId)
      if (isAsked) pairing.asked.set(transactionId, { first: firstScore, shadow: shadowScore })
    },
    answer (transactionId, answer) { answers.set(transactionId, answer) },
    compare: () => [...pairings.values()].map(finish).sort((a, b) => b.rows - a.rows || b.unscored - a.unscored)
  }
}

/** Spearman's rank correlation of counted pairs; equal scores share the mean of their ranks. */
function rankCorrelation (cells: ReadonlyArray<{ first: number, shadow: number, count: number }>): number | null {
  const ranks = { first: centredRanks(cells, 'first'), shadow: centredRanks(cells, 'shadow') }
  let [together, firstSquares, shadowSquares] = [0, 0, 0]
  for (const { first, shadow, count } of cells) {
    const [a, b] = [ranks.first.get(first) ?? 0, ranks.shadow.get(shadow) ?? 0]
    together += count * a * b
    firstSquares += count * a * a
    shadowSquares += count * b * b
  }
  return firstSquares === 0 || shadowSquares === 0 ? null : together / Math.sqrt(firstSquares * shadowSquares)
}

/** Each score's rank, counted from the middle. */
function centredRanks (cells: ReadonlyArray<{ first: number, shadow: number, count: number }>, of: 'first' | 'shadow'): Map<number, number> {
  const counts = new Map<number, number>()
  for (const cell of cells) counts.set(cell[of], (counts.get(cell[of]) ?? 0) + cell.count)
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0)
  let below = 0
  return new Map([...counts].sort(([a], [b]) => a - b).map(([score, count]) => {
    const rank = below + (count + 1) / 2 - (all + 1) / 2
    below += count
    return [score, rank]
  }))
}
