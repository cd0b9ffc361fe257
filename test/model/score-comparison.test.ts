import t from 'tap'
import { createScoreComparer, type ScoredTwice } from '../../src/model/score-comparison.ts'
import { createRandom } from '../../src/model/random.ts'

const THRESHOLDS = { fraudAbove: 860, investigateAbove: 775 }
const FIRST = { scorer: 'embedded', model: 'm', version: '1' }
const SHADOW = { scorer: 'shadow', model: 'm', version: '2' }
let count = 0

function payment (firstScore: number | null, shadowScore: number, change: Partial<ScoredTwice> = {}): ScoredTwice {
  return { transactionId: `tx-${count++}`, cardId: 'card_1', atMs: 1000, first: FIRST, firstScore, shadow: SHADOW, shadowScore, isAsked: false, ...change }
}

t.test('createScoreComparer: outcomes at the thresholds, what each would mark, and on how many cards', async (t) => {
  const comparer = createScoreComparer(THRESHOLDS)
  for (const [firstScore, shadowScore, cardId, atMs] of [[0, 775, 'a', 5], [775, 776, 'a', 4], [776, 860, 'b', 3], [860, 861, 'b', 2], [861, 1000, 'c', 9], [1000, 0, 'c', 6], [900, 900, 'd', 7]] as const) comparer.add(payment(firstScore, shadowScore, { cardId, atMs }))
  comparer.add(payment(null, 999, { atMs: 1 }))
  t.match(comparer.compare(), [{
    first: FIRST,
    shadow: SHADOW,
    fromMs: 1,
    toMs: 9,
    rows: 7,
    unscored: 1,
    outcomes: { approve: { approve: 1, investigate: 1, fraud: 0 }, investigate: { approve: 0, investigate: 1, fraud: 1 }, fraud: { approve: 1, investigate: 0, fraud: 2 } },
    marked: { first: { payments: 3, cards: 2 }, shadow: { payments: 3, cards: 3 } }
  }])
})

t.test('createScoreComparer: answers count where they are about a payment that was asked about, whatever comes first', async (t) => {
  const comparer = createScoreComparer(THRESHOLDS)
  comparer.answer('caught-by-both', 'fraud')
  comparer.answer('of-another-time', 'fraud')
  comparer.add(payment(900, 900, { transactionId: 'caught-by-both', isAsked: true }))
  comparer.add(payment(900, 100, { transactionId: 'missed-by-shadow', isAsked: true }))
  comparer.add(payment(900, 800, { transactionId: 'spared-by-shadow', isAsked: true }))
  comparer.add(payment(870, 861, { transactionId: 'called-by-both', isAsked: true }))
  comparer.add(payment(800, 990, { transactionId: 'joined-later', isAsked: true }))
  comparer.add(payment(900, 900, { transactionId: 'not-answered', isAsked: true }))
  comparer.add(payment(1, 900, { transactionId: 'asked-about-with-others' }))
  comparer.answer('asked-about-with-others', 'fraud')
  for (const [id, answer] of [['missed-by-shadow', 'fraud'], ['spared-by-shadow', 'genuine'], ['called-by-both', 'genuine'], ['joined-later', 'fraud']] as const) comparer.answer(id, answer)
  t.match(comparer.compare()[0]?.answered, { fraud: { all: 3, first: 2, shadow: 2 }, genuine: { all: 2, first: 2, shadow: 1 } })
})

t.test('createScoreComparer: each pair of versions apart, the greatest first', async (t) => {
  const comparer = createScoreComparer(THRESHOLDS)
  comparer.add(payment(1, 1))
  for (let times = 0; times < 3; times++) comparer.add(payment(2, 2, { shadow: { ...SHADOW, version: '3' } }))
  for (let times = 0; times < 2; times++) comparer.add(payment(3, 3, { first: { ...FIRST, scorer: 'frauddetector' } }))
  comparer.add(payment(null, 4, { first: null }))
  t.match(comparer.compare().map(({ first, shadow, rows, unscored }) => [first?.scorer, shadow.version, rows, unscored]), [['embedded', '3', 3, 0], ['frauddetector', '2', 2, 0], ['embedded', '2', 1, 0], [undefined, '2', 0, 1]])
  t.same(createScoreComparer(THRESHOLDS).compare(), [])
})

/** Spearman's correlation as its definition has it: Pearson's of the ranks. */
function plainRankCorrelation (pairs: ReadonlyArray<readonly [number, number]>): number {
  const rankIn = (values: number[]) => (value: number) => values.filter((other) => other < value).length + (values.filter((other) => other === value).length + 1) / 2
  const [rankA, rankB] = [rankIn(pairs.map(([a]) => a)), rankIn(pairs.map(([, b]) => b))]
  const ranks = pairs.map(([a, b]) => [rankA(a), rankB(b)] as const)
  const mean = (pairs.length + 1) / 2
  const sum = (of: (one: readonly [number, number]) => number) => ranks.reduce((all, one) => all + of(one), 0)
  return sum(([a, b]) => (a - mean) * (b - mean)) / Math.sqrt(sum(([a]) => (a - mean) ** 2) * sum(([, b]) => (b - mean) ** 2))
}

t.test('createScoreComparer: the rank correlation is Spearman\'s, ties and all', async (t) => {
  const { next: random } = createRandom(7)
  const correlationOf = (pairs: ReadonlyArray<readonly [number, number]>) => {
    const comparer = createScoreComparer(THRESHOLDS)
    for (const [a, b] of pairs) comparer.add(payment(a, b))
    return comparer.compare()[0]?.rankCorrelation
  }
  for (const spread of [3, 20, 1000]) {
    const pairs = Array.from({ length: 300 }, () => {
      const a = Math.floor(random() * spread)
      return [a, Math.min(1000, Math.floor(a * 0.7 + random() * spread))] as const
    })
    t.ok(Math.abs((correlationOf(pairs) ?? NaN) - plainRankCorrelation(pairs)) < 1e-9, `${spread} scores`)
  }
  t.equal(correlationOf([[1, 10], [2, 20], [900, 30]]), 1)
  t.equal(correlationOf([[1, 30], [2, 20], [900, 10]]), -1)
  t.equal(correlationOf([[1, 5], [2, 5]]), null, 'where one says the same of all')
})
