import t from 'tap'
import { checkProof, renderReport } from '../../src/prove/checker.ts'
import type { ProofRecord } from '../../src/prove/proof-record.ts'
import { ADA, CHARLES, createProofStage, EMMY } from './proof-stage.ts'

let clean: ProofRecord

t.test('a record of the real service is clean, and counts what happened', async (t) => {
  const stage = await createProofStage(t)
  for (const cardholder of [ADA, CHARLES, EMMY]) {
    await stage.register(cardholder)
    await stage.pay(cardholder, `tx-${cardholder.customerId}`)
  }
  await stage.pay(ADA, 'tx-ada')
  await stage.pay(CHARLES, 'tx-charles-2')
  await stage.dialAll()
  await stage.pay(ADA, 'tx-ada-blocked')
  clean = await stage.record()

  const report = checkProof(clean)
  t.strictSame(report.findings, [])
  t.strictSame(report.counts, { 'processes died': 2, acknowledged: 5, decided: 3, cases: 3, calls: 4, answers: 2, blocks: 1 })
  t.equal(report.measures['ack to call']?.count, 3)
  t.match(renderReport(report), /acknowledged +5\n[^]*lost +0\n[^]*recovery +1\.00 s median, 3\.00 s p99, 3\.00 s max, of 2\n/)
})

type Loose = Record<string, any>
/** Where to put the damage: loose, since a damaged record has any shape. */
function parts (record: ProofRecord) {
  const of = (sk: string, id: string, value: string): Loose => record.items.find((item) => item['sk'] === sk && item[id] === value) ?? {}
  const caseOf = (customerId: string) => of('CASE', 'customerId', customerId)
  return {
    told: record.acknowledgements as Loose[],
    transaction: (id: string) => of('TRANSACTION', 'transactionId', id),
    caseOf,
    cardOf: (customerId: string) => of('CARD', 'customerId', customerId),
    callOf: (customerId: string): Loose => record.contacts.find(({ attributes }) => attributes['Customer'] === customerId) ?? {},
    drop: (thing: Loose) => { record.items = record.items.filter((item) => item !== thing) },
    add: (thing: Loose) => { record.items.push(thing) },
    call: (contact: Loose) => { record.contacts.push(contact as ProofRecord['contacts'][number]) }
  }
}

const DAMAGES: Array<[rule: string, kind: string, name: string, damage: (p: ReturnType<typeof parts>) => void]> = [
  ['acknowledgedIsStored', 'lost', 'a transaction is gone', (p) => { p.drop(p.transaction('tx-ada-blocked')) }],
  ['acknowledgedIsStored', 'untrue', 'another outcome is stored', (p) => { p.transaction('tx-ada-blocked')['outcome'] = 'approve' }],
  ['acknowledgedIsStored', 'wrong card', 'stored for another card', (p) => { p.transaction('tx-ada-blocked')['cardId'] = p.cardOf('charles')['cardId'] }],
  ['acknowledgedIsStored', 'untrue', 'another case was told', (p) => { p.told[0]!['caseId'] = 'case_other' }],
  ['acknowledgedIsStored', 'lost', 'fraud without a case', (p) => { for (const one of p.told) one['caseId'] = null }],
  ['repliesAgree', 'untrue', 'the replay tells another case', (p) => { p.told.find(({ isReplay }) => isReplay)!['caseId'] = 'case_other' }],
  ['suspiciousHasCase', 'lost', 'a case is gone', (p) => { p.drop(p.caseOf('ada')) }],
  ['suspiciousHasCase', 'lost', 'a case does not list its transaction', (p) => { p.caseOf('charles')['transactions'].pop() }],
  ['suspiciousHasCase', 'wrong card', 'the case is about another card', (p) => { p.caseOf('emmy')['cardId'] = p.cardOf('ada')['cardId'] }],
  ['suspiciousHasCase', 'lost', 'nobody was asked about what joined', (p) => { p.caseOf('charles')['answeredIds'] = ['tx-charles'] }],
  ['everythingEnds', 'unfinished', 'a pending question', (p) => { p.transaction('tx-ada')['question'] = { state: 'pending' } }],
  ['everythingEnds', 'unfinished', 'a case that is settling', (p) => { p.caseOf('ada')['status'] = 'settling' }],
  ['everythingEnds', 'unfinished', 'closed without a decision', (p) => { p.caseOf('emmy')['decision'] = null }],
  ['everythingEnds', 'unfinished', 'an attempt under way', (p) => { p.caseOf('ada')['attempts'][0].status = 'submitted' }],
  ['everythingEnds', 'unfinished', 'a card with an open case', (p) => { p.cardOf('emmy')['openCaseId'] = 'case_1' }],
  ['everythingEnds', 'unfinished', 'a call that goes on', (p) => { p.callOf('emmy')['endedAt'] = null }],
  ['oneCaseAtATime', 'doubled', 'two open cases', (p) => { p.add({ ...structuredClone(p.caseOf('emmy')), caseId: 'case_2', openedAtMs: p.caseOf('emmy')['openedAtMs'] + 1 }) }],
  ['dialledOnce', 'doubled', 'a token twice', (p) => { p.call({ ...p.callOf('ada'), contactId: 'x', attributes: {} }) }],
  ['dialledOnce', 'doubled', 'an attempt twice', (p) => { p.call({ ...p.callOf('ada'), contactId: 'x', clientToken: 'x' }) }],
  ['callsOneByOne', 'doubled', 'two calls at once', (p) => { p.callOf('emmy')['endedAt'] = '2999-01-01T00:00:00.000Z' }],
  ['callsOneByOne', 'doubled', 'four calls', (p) => { for (const clientToken of ['x', 'y']) p.call({ ...p.callOf('emmy'), clientToken, contactId: clientToken }) }],
  ['callsAreKnown', 'doubled', 'a call that nobody made', (p) => { p.callOf('ada')['attributes'].AttemptId = 'attempt_other' }],
  ['callsAreKnown', 'untrue', 'an attempt whose call was not made', (p) => { p.caseOf('emmy')['attempts'][0].contactId = 'other' }],
  ['asksAboutTheRightCard', 'wrong card', 'another card is named', (p) => { p.callOf('ada')['attributes'].CardNo = '0000' }],
  ['asksAboutTheRightCard', 'wrong card', 'another phone rings', (p) => { p.callOf('ada')['destination'] = CHARLES.phoneNumber }],
  ['asksAboutTheRightCard', 'lost', 'a call for no case', (p) => { p.callOf('ada')['attributes'].CaseId = 'case_other' }],
  ['keptWhatWasPressed', 'untrue', 'kept another key', (p) => { p.callOf('ada')['attributes'].Answer = 'genuine' }],
  ['answersAreTaken', 'lost', 'an answer that decided nothing', (p) => { p.caseOf('ada')['decision'] = 'none' }],
  ['decisionsHaveAnswers', 'untrue', 'decided by nobody', (p) => { delete p.callOf('charles')['attributes'].Answer }],
  ['decisionsHaveAnswers', 'untrue', 'silence taken as an answer', (p) => { p.caseOf('emmy')['attempts'][0].outcome = 'answered' }],
  ['blocksHaveCases', 'wrong card', 'blocked without a case', (p) => { Object.assign(p.cardOf('charles'), { isBlocked: true, blocking: { atMs: 1, by: 'answer' } }) }],
  ['blocksHaveCases', 'lost', 'fraud without a block', (p) => { p.cardOf('ada')['isBlocked'] = false }],
  ['saidIsTrue', 'untrue', 'said before it was blocked', (p) => { p.cardOf('ada')['blocking'].atMs = Date.now() + 1e9 }],
  ['saidIsTrue', 'untrue', 'said active of a fraud', (p) => { p.caseOf('charles')['decision'] = 'fraud' }],
  ['storesNoNumber', 'untrue', 'a card number', (p) => { p.caseOf('ada')['history'][0].why = `card ${ADA.card}` }],
  ['storesNoNumber', 'untrue', 'a card number in groups', (p) => { p.transaction('tx-ada')['merchant'] = '5555 3412 4444 1115' }],
  ['storesNoNumber', 'untrue', 'a phone number', (p) => { p.caseOf('ada')['history'][0].why = `called ${ADA.phoneNumber}` }]
]

for (const [rule, kind, name, damage] of DAMAGES) {
  t.test(`${rule} finds: ${name}`, async (t) => {
    const record = structuredClone(clean)
    damage(parts(record))
    const { findings, tallies } = checkProof(record)
    t.ok(findings.some((finding) => finding.rule === rule && finding.kind === kind && finding.evidence.length > 0), JSON.stringify(findings))
    t.not(tallies[kind as keyof typeof tallies], 0)
  })
}
