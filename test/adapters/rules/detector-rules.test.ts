import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { parseDetector, readDetector } from '../../../src/adapters/rules/detector-rules.ts'
import { newCard, type Card } from '../../../src/domain/card.ts'
import { DEFAULT_THRESHOLDS, ruleOutcome } from '../../../src/domain/outcome.ts'
import { outcomeByFindings, type RuleFinding } from '../../../src/domain/rule-finding.ts'
import type { RuleFacts } from '../../../src/ports.ts'

const SHIPPED = fileURLToPath(new URL('../../../detectors/card-fraud.yaml', import.meta.url))
const NOW_MS = Date.parse('2026-11-22T10:00:00Z')

interface Change {
  score?: number | undefined
  isFallback?: boolean
  amount?: { valueMinor: number, currency: string }
  occurredAt?: string
  card?: Partial<Card>
  variables?: Record<string, string | null>
}

/** A payment of 512.99 EUR on a Sunday at 23:30 UTC, which scored 800, unless a test says otherwise. */
function factsOf (change: Change = {}): RuleFacts {
  const { score = 800, isFallback = false, amount = { valueMinor: 51_299, currency: 'EUR' }, occurredAt = '2026-11-22T23:30:00Z', card = {}, variables = {} } = change
  return {
    transaction: { transactionId: 'tx-1', customerId: 'u82', occurredAtMs: Date.parse(occurredAt), amount, variables },
    card: { ...newCard('card_1f', '8788', 'u82'), ...card },
    scored: 'score' in change && change.score === undefined ? undefined : { score, scorerName: 'embedded', isFallback },
    nowMs: NOW_MS
  }
}

const VOCABULARY = {
  variables: { merchant_id: 'text', email_address: 'text', distance_km: 'number' },
  lists: { trusted: ['shop-1', 'shop-2'], domains: ['@temp.example', '@mail.example'], round: [100, 512.99], none: [] }
}

function detectorOf (rules: Array<{ id?: string, when: string, outcome?: string }>, change: object = {}) {
  return JSON.stringify({ name: 'n', match: 'all', ...VOCABULARY, rules: rules.map((rule, index) => ({ id: `r${index}`, outcome: 'fraud', ...rule })), otherwise: 'approve', ...change })
}

function findingsOf (source: string, facts: RuleFacts): RuleFinding[] {
  const detector = parseDetector(source)
  if ('faults' in detector) throw new Error(detector.faults.join('\n'))
  return detector.rules.evaluate(facts)
}

/** What one expression says: whether it matches, or why it cannot be evaluated. */
function says (when: string, change?: Change, file?: object): boolean | string {
  const [finding] = findingsOf(detectorOf([{ when }], file), factsOf(change))
  if (finding?.kind === 'failed') return finding.why
  return finding?.kind === 'unscored' ? 'unscored' : finding !== undefined
}

function faultsOf (when: string): string[] {
  const detector = parseDetector(detectorOf([{ id: 'x', when }]))
  return 'faults' in detector ? detector.faults : []
}

t.test('rules: each fact is what it says', async (t) => {
  const TABLE: Array<[when: string, change: Change, expected: boolean]> = [
    ['score > 799 && score < 801 && score == 800', {}, true],
    ['score > 860', { score: 860 }, false],
    ['score > 860', { score: 861 }, true],
    ['score > 860.5', { score: 861 }, true],
    ['amount == 512.99', {}, true],
    ['amount > 512', {}, true],
    ['amount == 51299.0', { amount: { valueMinor: 51_299, currency: 'JPY' } }, true],
    ['amount == 51.299', { amount: { valueMinor: 51_299, currency: 'KWD' } }, true],
    ['currency == "EUR"', {}, true],
    ['currency in ["USD", "GBP"]', {}, false],
    ['hour == 23 && weekday == 0', {}, true],
    ['hour == 0 && weekday == 1', { occurredAt: '2026-11-23T00:00:00Z' }, true],
    ['occurredAt >= timestamp("2026-11-22T23:30:00Z") && occurredAt < timestamp("2026-11-22T23:30:01Z")', {}, true],
    ['occurredAt.getMonth() == 10 && occurredAt.getDate() == 22', {}, true],
    ['card.id == "card_1f" && card.last4 == "8788" && customer.id == "u82"', {}, true],
    ['card.hasOpenCase', {}, false],
    ['card.hasOpenCase', { card: { openCaseId: 'case_1' } }, true],
    ['card.confirmedGenuine', {}, false],
    ['card.confirmedGenuine', { card: { quiet: { untilMs: NOW_MS + 1, score: 900, amounts: [] } } }, true],
    ['card.confirmedGenuine', { card: { quiet: { untilMs: NOW_MS, score: 900, amounts: [] } } }, false],
    ['card.lastDecision == ""', {}, true],
    ['card.lastDecision == "genuine"', { card: { lastSettled: { caseId: 'case_1', decision: 'genuine' } } }, true],
    ['scorer.name == "embedded" && !scorer.isFallback', {}, true],
    ['scorer.isFallback', { isFallback: true }, true],
    ['variables.merchant_id == "shop-1"', { variables: { merchant_id: 'shop-1' } }, true],
    ['variables.distance_km > 99 && variables.distance_km == 100.5', { variables: { distance_km: ' 100.5 ' } }, true],
    ['variables.merchant_id in lists.trusted', { variables: { merchant_id: 'shop-2' } }, true],
    ['variables.merchant_id in lists.trusted', { variables: { merchant_id: 'shop-3' } }, false],
    ['variables.merchant_id in lists.none', { variables: { merchant_id: 'shop-3' } }, false],
    ['amount in lists.round', {}, true],
    ['lists.domains.exists(domain, variables.email_address.endsWith(domain))', { variables: { email_address: 'a@temp.example' } }, true],
    ['lists.domains.exists(domain, variables.email_address.endsWith(domain))', { variables: { email_address: 'a@example.org' } }, false],
    ['variables.email_address.lowerAscii().contains("EXAMPLE".lowerAscii())', { variables: { email_address: 'A@Example.org' } }, true]
  ]
  for (const [when, change, expected] of TABLE) t.equal(says(when, change), expected, `${when} ${JSON.stringify(change)}`)
})

t.test('rules: hour and weekday are those of the time zone that the file names, summer time included', async (t) => {
  const TABLE: Array<[occurredAt: string, hour: number, weekday: number]> = [
    ['2026-11-22T23:30:00Z', 0, 1],
    ['2026-07-01T21:59:59Z', 23, 3],
    ['2026-07-01T22:00:00Z', 0, 4],
    ['2026-11-22T12:00:00Z', 13, 0]
  ]
  for (const [occurredAt, hour, weekday] of TABLE) t.equal(says(`hour == ${hour} && weekday == ${weekday}`, { occurredAt }, { timeZone: 'Europe/Berlin' }), true, occurredAt)
})

t.test('rules: a variable that a transaction lacks can be asked for, and without that the rule fails and says why', async (t) => {
  const absent: Change[] = [{}, { variables: { merchant_id: null, distance_km: null } }, { variables: { merchant_id: ' ', distance_km: '' } }]
  for (const change of absent) {
    t.equal(says('variables.merchant_id == "shop-1"', change), 'merchant_id is absent')
    t.equal(says('!(variables.merchant_id in lists.trusted)', change), 'merchant_id is absent')
    t.equal(says('variables.distance_km > 100', change), 'distance_km is absent')
    t.equal(says('has(variables.merchant_id)', change), false)
    t.equal(says('has(variables.distance_km) && variables.distance_km > 100', change), false)
    t.equal(says('variables.?merchant_id.orValue("shop-1") in lists.trusted', change), true)
    t.equal(says('variables.?merchant_id.hasValue()', change), false)
    t.equal(says('score > 700 || variables.merchant_id == "shop-1"', change), true, 'what decides without it decides')
  }
  for (const distance of ['2013.4567891234567', '2.1e3', '+2500', '.5e4']) t.equal(says('variables.distance_km > 2000', { variables: { distance_km: distance } }), true, distance)
  for (const unreadable of ['far', '0x10', '1e999', '1,5', 'NaN', 'null']) t.equal(says('variables.distance_km > 1', { variables: { distance_km: unreadable } }), 'distance_km is absent', unreadable)
  t.equal(says('variables.merchant_id == "__proto__"', { variables: { merchant_id: '__proto__' } }), true)
})

t.test('rules: why a rule failed holds nothing of the transaction', async (t) => {
  t.equal(says('int(variables.merchant_id) > 5', { variables: { merchant_id: '4111111111111111111111' } }), 'int_conversion_error')
  t.equal(says('variables.merchant_id.substring(9) == "x"', { variables: { merchant_id: 'shop' } }), 'index_out_of_range')
})

t.test('rules: all of them are asked, or the first that matches decides', async (t) => {
  const rules = [{ id: 'a', when: 'score > 900' }, { id: 'b', when: 'variables.merchant_id == "x"' }, { id: 'c', when: 'score > 700', outcome: 'approve' }, { id: 'd', when: 'amount > 500' }]
  const failed = { kind: 'failed', ruleId: 'b', outcome: 'fraud', why: 'merchant_id is absent' }
  t.same(findingsOf(detectorOf(rules), factsOf()), [failed, { kind: 'matched', ruleId: 'c', outcome: 'approve', readsScore: true }, { kind: 'matched', ruleId: 'd', outcome: 'fraud', readsScore: false }])
  t.same(findingsOf(detectorOf(rules, { match: 'first' }), factsOf()), [failed, { kind: 'matched', ruleId: 'c', outcome: 'approve', readsScore: true }])
})

t.test('rules: without a score a rule that hangs on it, or on its scorer, says so; the others are asked', async (t) => {
  const unscored: Change = { score: undefined, variables: { merchant_id: 'shop-1' } }
  t.equal(says('score > 860', unscored), 'unscored')
  t.equal(says('score > 860 && amount > 1', unscored), 'unscored')
  t.equal(says('score > 860 || amount > 1', unscored), true, 'whatever the score')
  t.equal(says('score > 860 && amount > 1000', unscored), false, 'whatever the score')
  t.equal(says('scorer.name == "embedded"', unscored), 'unscored')
  t.equal(says('variables.merchant_id in lists.trusted', unscored), true)
  t.equal(says('lists.trusted.exists(scored, scored == variables.merchant_id)', unscored), true)
})

t.test('rules: what an expression gets wrong is told with its place and with what there is', async (t) => {
  const NAMES = 'amount, card, currency, customer, hour, lists, occurredAt, score, scorer, variables, weekday'
  const TABLE: Array<[when: string, fault: string]> = [
    ['amout > 5', `character 1 (amout): nothing is called amout; known are ${NAMES}`],
    ['score > 5 && merchant == "x"', `character 14 (merchant): nothing is called merchant; known are ${NAMES}`],
    ['amount > "5"', 'character 1: no such operation: double > string'],
    ['score > 5 && currency == 5', 'character 14 (currency == 5): no such operation: string == int'],
    ['amount * 2 > 5', 'character 1 (amount * 2): no such operation: double * int; beside a double, write 5 as 5.0'],
    ['variables.typo == "x"', 'character 1 (variables.typo): variables has no typo; known are distance_km, email_address, merchant_id'],
    ['has(variables.typo)', 'character 5 (variables.typo): variables has no typo; known are distance_km, email_address, merchant_id'],
    ['variables.?typo.orValue("") == ""', 'character 1 (variables.?typo): variables has no typo; known are distance_km, email_address, merchant_id'],
    ['variables["merchant_id"] == "x"', 'character 1 (variables["merchant_id"]): nothing can be taken by [ ]; write variables.NAME, or … in lists.NAME'],
    ['card.number == "x"', 'character 1 (card.number): card has no number; known are confirmedGenuine, hasOpenCase, id, last4, lastDecision'],
    ['currency in lists.nope', 'character 13 (lists.nope): lists has no nope; known are domains, none, round, trusted'],
    ['currency in lists.round', 'character 1: no such operation: string in list of numbers'],
    ['amount in lists.trusted', 'character 1: no such operation: double in list of texts'],
    ['variables == variables', 'character 1 (variables): variables is no value by itself; write variables.NAME with one of distance_km, email_address, merchant_id'],
    ['score + 1', 'character 1: must be true or false, and is int'],
    ['lists.trusted', 'character 1: must be true or false, and is list of texts'],
    ['score >', 'character 8: Unexpected token: EOF'],
    ['score > 5 and amount > 5.0', 'character 11 (and): does not belong here; and is written &&, or ||, not !'],
    ['currency == "EUR', 'character 13 ("EUR): Unterminated string'],
    ['currency.matches("(E+)+$")', 'character 1: matches is no function of rules; known are all, contains, endsWith, exists, getDate, getDayOfWeek, getFullYear, getHours, getMinutes, getMonth, getSeconds, hasValue, lowerAscii, orValue, size, startsWith, substring, trim, upperAscii'],
    ['dyn(score) > "5"', 'character 1 (dyn(score)): dyn is no function of rules; known are double, duration, has, int, size, string, timestamp'],
    ['occurredAt.getHours("Europe/Berlin") > 21', 'character 1 (occurredAt.getHours("Europe/Berlin")): getHours takes another number of arguments than 1'],
    ['occurredAt < timestamp("2026-13-01T00:00:00Z")', 'character 14 (timestamp("2026-13-01T00:00:00Z")): timestamp() requires a string in ISO 8601 format'],
    ['{"a": 1}.size() == 1', 'character 1 ({"a": 1}): there are no maps here; a list is written [ ]'],
    ['lists.trusted.exists(score, score == "x")', 'character 22 (score): exists and all need a name of its own for an entry, such as exists(entry, …)'],
    ['lists.trusted.exists(a, lists.trusted.exists(b, a == b))', 'character 25 (lists.trusted.exists(b, a == b)): exists or all within another one would take too long'],
    ['currency.split("").exists(a, a == "E")', 'character 1 (currency.split("")): exists and all are asked of lists.NAME, or of a list written [ ]']
  ]
  for (const [when, fault] of TABLE) t.equal(faultsOf(when)[0], `line 1, rule x, ${fault}`, when)
})

t.test('rules: what would take long, or nest deep, is refused before the first transaction', async (t) => {
  const long = { ...VOCABULARY.lists, long: Array.from({ length: 20_000 }, (_, index) => `shop-${index}`) }
  const walk = { when: 'lists.long.exists(shop, variables.merchant_id.endsWith(shop))' }
  t.notOk('faults' in parseDetector(detectorOf([walk], { lists: long })))
  t.match(parseDetector(detectorOf([walk, walk], { lists: long })), { faults: [/^exists and all walk through too much: 160000 .+ of 100000 for all rules together; … in lists\.NAME costs nothing$/] })
  t.match(faultsOf(`${'('.repeat(60)}score > 1${')'.repeat(60)}`), [/Exceeded maxDepth \(40\)/])
  t.match(faultsOf(Array.from({ length: 150 }, () => 'score > 1').join(' || ')), [/Exceeded maxAstNodes \(400\)/])
  t.match(faultsOf(`score in [${'1, '.repeat(201)}]`), [/Exceeded maxListElements \(200\)/])
})

t.test('rules: a rule is either right or refused, whatever is written, and never runs code', async (t) => {
  for (const when of ['process.exit(1)', 'globalThis.x == 1', 'constructor.constructor("return 1")() == 1', 'variables.constructor == "x"', 'variables.__proto__ == "x"', 'card.toString() == "x"', 'lists.trusted.constructor == 1', '`score` == "1"', 'score = 1', 'score; amount', 'import("fs") == 1', 'optional.none().orValue(true)', 'google.protobuf == 1', 'cel.bind(x, score, x > 5)']) {
    t.ok(faultsOf(when).length > 0, when)
  }
})

t.test('readDetector: the shipped detector decides as the default thresholds do, at every score', async (t) => {
  const { rules, file } = await readDetector(SHIPPED)
  t.match(file, { name: 'card-fraud', match: 'all', otherwise: 'approve' })
  for (let score = 0; score <= 1000; score++) {
    const { outcome } = outcomeByFindings(rules.evaluate(factsOf({ score })), { otherwise: rules.otherwise, unscoredOutcome: 'investigate' })
    if (outcome !== ruleOutcome(score, DEFAULT_THRESHOLDS).outcome) t.fail(`${score}: ${outcome}`)
  }
})

t.test('readDetector: names the file, and finds the model beside it', async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'd.yaml')
  writeFileSync(path, detectorOf([{ when: 'score > 1' }], { model: '../models/m' }))
  t.match(await readDetector(path), { modelPath: join(folder, '../models/m'), sha256: /^[0-9a-f]{64}$/ })
  writeFileSync(path, detectorOf([{ id: 'a', when: 'amout > 1' }, { id: 'b', when: 'score' }]))
  await t.rejects(readDetector(path), { message: new RegExp(`^The detector in ${path} is not right:\n  - line 1, rule a, character 1 \\(amout\\): .+\n  - line 1, rule b, character 1: must be true or false, and is int$`) })
  await t.rejects(readDetector(`${path}.gone`), { message: `The detector cannot be read: ${path}.gone` })
  writeFileSync(path, ' '.repeat(8 * 1024 * 1024 + 1))
  await t.rejects(readDetector(path), { message: `The detector in ${path} is larger than 8 MB.` })
})
