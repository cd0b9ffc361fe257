import t from 'tap'
import { RingfenceError } from '../../src/errors.ts'
import type { Scorer } from '../../src/ports.ts'
import { createWorld, KEY_HEADERS, postTransaction, putSampleCustomer, transactionBody } from '../world.ts'

const DETECTOR = `
name: shop-rules
match: first
variables:
  merchant_id: text
  distance_km: number
lists:
  trusted: [shop-1]
  stolen: [shop-13]
rules:
  - { id: stolen, when: has(variables.merchant_id) && variables.merchant_id in lists.stolen, outcome: fraud }
  - { id: trusted, when: has(variables.merchant_id) && variables.merchant_id in lists.trusted && score < 950, outcome: approve }
  - { id: far, when: variables.distance_km > 500, outcome: fraud }
  - { id: high, when: score > 860, outcome: fraud }
otherwise: approve
`
const NEAR = { distance_km: '1' }

type Decision = { outcome: string, score: number | null, reasons: string[], degraded: boolean, case: { id: string } | null }

t.test('screenTransaction: the rules of a detector file decide in the place of the thresholds, and the reply names them', async (t) => {
  const world = await createWorld({ detector: DETECTOR })
  t.teardown(world.close)
  await putSampleCustomer(world.app)
  const TABLE: Array<[score: number, variables: Record<string, string>, expected: object]> = [
    [10, NEAR, { outcome: 'approve', reasons: ['no_rule_matched'], case: null }],
    [860, NEAR, { outcome: 'approve', reasons: ['no_rule_matched'] }],
    [900, { ...NEAR, merchant_id: 'shop-1' }, { outcome: 'approve', reasons: ['rule:trusted'], case: null }],
    [10, { ...NEAR, merchant_id: 'shop-13' }, { outcome: 'fraud', score: 10, reasons: ['rule:stolen'], degraded: false, case: { status: 'open' } }],
    [990, { ...NEAR, merchant_id: 'shop-1' }, { outcome: 'fraud', reasons: ['rule:high'] }]
  ]
  for (const [index, [score, variables, expected]] of TABLE.entries()) {
    world.scorer.next = score
    const reply = await postTransaction(world.app, transactionBody(`tx-${index}`, { variables }))
    t.match(reply.json(), expected, `score ${score}, ${JSON.stringify(variables)}`)
    t.same((await world.app.inject({ url: `/v1/transactions/tx-${index}`, headers: KEY_HEADERS })).json(), reply.json(), 'and it is stored so')
  }
  const metrics = await world.metricsText()
  t.match(metrics, 'ringfence_rule_findings_total{rule="trusted",finding="matched"} 1')
  t.match(metrics, 'ringfence_rule_findings_total{rule="high",finding="matched"} 1')
  t.notMatch(metrics, 'rule="far"')
})

t.test('screenTransaction: a rule that cannot be evaluated lets nothing pass and has nobody called; reply, log and metric tell', async (t) => {
  const world = await createWorld({ detector: DETECTOR })
  t.teardown(world.close)
  await putSampleCustomer(world.app)
  world.scorer.next = 10
  t.match((await postTransaction(world.app, transactionBody('tx-1', { variables: { distance_km: 'far' } }))).json(), { outcome: 'investigate', reasons: ['no_rule_matched', 'rule_failed:far'], degraded: false, case: null })
  const line = world.logLines.find((text) => text.includes('rules could not be evaluated'))
  t.match(JSON.parse(line ?? '{}'), { level: 40, transactionId: 'tx-1', detector: 'shop-rules', failed: [{ ruleId: 'far', why: 'distance_km is absent' }] })
  t.match(await world.metricsText(), 'ringfence_rule_findings_total{rule="far",finding="failed"} 1')
  world.scorer.next = 990
  t.match((await postTransaction(world.app, transactionBody('tx-2', { variables: {} }))).json(), { outcome: 'fraud', reasons: ['rule:high', 'rule_failed:far'], case: { status: 'open' } })
})

t.test('screenTransaction: without a score the rules that need none decide, and the fallback where the score was needed', async (t) => {
  for (const unscoredOutcome of ['approve', 'investigate', 'fraud'] as const) {
    const world = await createWorld({ detector: DETECTOR, policy: { unscoredOutcome } })
    await putSampleCustomer(world.app)
    world.scorer.next = new RingfenceError('scorer_unavailable')
    t.match((await postTransaction(world.app, transactionBody('tx-1', { variables: { ...NEAR, merchant_id: 'shop-13' } }))).json(), { outcome: 'fraud', score: null, reasons: ['scorer_failed', 'rule:stolen'], degraded: true, case: { status: 'open' } })
    t.match((await postTransaction(world.app, transactionBody('tx-2', { variables: NEAR }))).json(), { outcome: unscoredOutcome, score: null, reasons: ['scorer_failed'], degraded: true })
    t.match(await world.metricsText(), 'ringfence_rule_findings_total{rule="high",finding="unscored"} 1')
    await world.close()
  }
})

t.test('screenTransaction: a scorer\'s own ruling wins over the detector file; what stands by for it is judged by the file', async (t) => {
  const outside = ({ score }: Scorer): Scorer => ({ name: 'frauddetector', score })
  const standBy: Scorer = { name: 'embedded', score: async () => ({ score: 900, model: { name: 'stand-by', version: '7' }, unusedVariables: [] }), checkReady: async () => {} }
  const world = await createWorld({ detector: DETECTOR, scorers: (held) => [outside(held), standBy] })
  t.teardown(world.close)
  await putSampleCustomer(world.app)
  world.scorer.next = { score: 1, model: { name: 'm', version: '1' }, unusedVariables: [], ruled: { outcome: 'investigate', ruleIds: ['theirs'] } }
  t.match((await postTransaction(world.app, transactionBody('tx-1', { variables: { ...NEAR, merchant_id: 'shop-13' } }))).json(), { outcome: 'investigate', reasons: ['detector_rule_matched', 'rule:theirs'] })
  world.scorer.next = new RingfenceError('scorer_throttled')
  t.match((await postTransaction(world.app, transactionBody('tx-2', { variables: NEAR }))).json(), { outcome: 'fraud', score: 900, reasons: ['scorer_failed', 'rule:high'], degraded: true })
})

t.test('screenTransaction: the cardholder\'s word covers what a rule suspects, and a blocked card is asked no rule', async (t) => {
  const world = await createWorld({ detector: DETECTOR })
  t.teardown(world.close)
  const cardId = await putSampleCustomer(world.app)
  world.scorer.next = 10
  const stolen = { variables: { ...NEAR, merchant_id: 'shop-13' } }
  const caseId = (await postTransaction(world.app, transactionBody('tx-1', stolen))).json<Decision>().case?.id ?? ''
  await world.app.inject({ method: 'POST', url: `/v1/cases/${caseId}/answer`, headers: KEY_HEADERS, payload: { answer: 'genuine' } })
  t.match((await postTransaction(world.app, transactionBody('tx-2', stolen))).json(), { outcome: 'approve', reasons: ['rule:stolen', 'confirmed_genuine_recently'], case: null })
  await world.app.inject({ method: 'POST', url: `/v1/cards/${cardId}/block`, headers: KEY_HEADERS, payload: { reason: 'hotline' } })
  t.match((await postTransaction(world.app, transactionBody('tx-3', stolen))).json(), { outcome: 'blocked', reasons: ['card_blocked'] })
  t.match(await world.metricsText(), 'ringfence_rule_findings_total{rule="stolen",finding="matched"} 2')
})

t.test('screenTransaction: what made the score high is told where a rule that reads it decided, and nowhere else', async (t) => {
  const world = await createWorld({ detector: DETECTOR })
  t.teardown(world.close)
  await putSampleCustomer(world.app)
  const TABLE: Array<[score: number, variables: Record<string, string>, reasons: string[]]> = [
    [990, NEAR, ['rule:high', 'model:ip_address']],
    [990, { ...NEAR, merchant_id: 'shop-13' }, ['rule:stolen']],
    [10, {}, ['no_rule_matched', 'rule_failed:far']],
    [10, NEAR, ['no_rule_matched']]
  ]
  for (const [index, [score, variables, reasons]] of TABLE.entries()) {
    world.scorer.next = { score, model: { name: 'm', version: '1' }, unusedVariables: [], explain: () => ['ip_address'] }
    t.same((await postTransaction(world.app, transactionBody(`tx-${index}`, { variables }))).json<Decision>().reasons, reasons)
  }
})
