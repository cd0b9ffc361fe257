import t from 'tap'
import type { Store } from '../../src/adapters/dynamodb/store.ts'
import type { Card } from '../../src/domain/card.ts'
import type { Case } from '../../src/domain/case.ts'
import type { Caller } from '../../src/ports.ts'
import { checkProof } from '../../src/prove/checker.ts'
import { ADA, CHARLES, createProofStage, EMMY, type Plant } from './proof-stage.ts'

t.setTimeout(120_000)

/** Lets writers through two at a time, so that both have read before either writes. */
function createGate () {
  let isShut = false
  let open: (() => void) | undefined
  return {
    shut () { isShut = true },
    async pass () {
      if (!isShut) return
      if (open !== undefined) {
        isShut = false
        open()
        return
      }
      await new Promise<void>((resolve) => { open = resolve })
    }
  }
}

const gate = { cards: createGate(), cases: createGate() }
type Stage = Awaited<ReturnType<typeof createProofStage>>

/** Writes whatever is there, as if the version condition were not. */
const cardsWithoutVersion = (store: Store): Store => ({
  ...store,
  cards: {
    ...store.cards,
    async save (card) {
      await gate.cards.pass()
      while (!await store.cards.save({ ...card, version: (await store.cards.get(card.cardId))?.version ?? 0 }));
      return true
    }
  }
})
const casesWithoutVersion = (store: Store): Store => ({
  ...store,
  cases: {
    ...store.cases,
    async save (question) {
      await gate.cases.pass()
      while (!await store.cases.save({ ...question, version: (await store.cases.get(question.caseId))?.version ?? 0 }));
      return true
    }
  }
})
const onCardSave = (change: (card: Card, store: Store) => Promise<Card | undefined>) => (store: Store): Store => ({
  ...store,
  cards: {
    ...store.cards,
    async save (card) {
      const written = await change(card, store)
      return written === undefined ? true : await store.cards.save(written)
    }
  }
})
const onCaseSave = (change: (question: Case) => Case) => (store: Store): Store => ({ ...store, cases: { ...store.cases, save: async (question) => await store.cases.save(change(question)) } })

/** The first request is made, and its reply does not come: told in this way instead; a later one has another token. */
const afterLostReply = (kind: 'unknown' | 'not_now', laterToken: (token: string) => string) => (caller: Caller): Caller => {
  let isFirst = true
  return {
    ...caller,
    async start (request) {
      const wasFirst = isFirst
      isFirst = false
      const result = await caller.start(wasFirst ? request : { ...request, clientToken: laterToken(request.clientToken) })
      return wasFirst ? { kind, why: 'planted' } : result
    }
  }
}

const payBy = (cardholder: typeof ADA | typeof EMMY) => async (stage: Stage) => { await stage.pay(cardholder, `tx-${cardholder.customerId}`) }

interface PlantedBug { bug: string, plant: Plant, rule: string, kind: string, play?: (stage: Stage) => Promise<void> }

const PLANTED: PlantedBug[] = [
  { bug: 'an acknowledged transaction is not written', rule: 'acknowledgedIsStored', kind: 'lost', plant: { store: (store) => ({ ...store, transactions: { ...store.transactions, recordOnce: async (transaction) => transaction } }) } },
  {
    bug: 'cases are saved without their version',
    rule: 'suspiciousHasCase',
    kind: 'lost',
    plant: { store: casesWithoutVersion },
    async play (stage) {
      await stage.pay(CHARLES, 'tx-1')
      gate.cases.shut()
      await Promise.all([stage.pay(CHARLES, 'tx-2', stage.front), stage.pay(CHARLES, 'tx-3', stage.dialler)])
    }
  },
  {
    bug: 'cards are saved without their version',
    rule: 'oneCaseAtATime',
    kind: 'doubled',
    plant: { store: cardsWithoutVersion },
    async play (stage) {
      gate.cards.shut()
      await Promise.all([stage.pay(CHARLES, 'tx-2', stage.front), stage.pay(CHARLES, 'tx-3', stage.dialler)])
    }
  },
  { bug: 'a call is asked for again with a new token', rule: 'dialledOnce', kind: 'doubled', plant: { caller: afterLostReply('unknown', (token) => `${token}-again`), policy: { attemptMs: 5_000 } }, play: payBy(EMMY) },
  { bug: 'a lost reply is taken for "not called"', rule: 'callsAreKnown', kind: 'doubled', plant: { caller: afterLostReply('not_now', (token) => token), policy: { giveUpMs: 0 } }, play: payBy(EMMY) },
  {
    bug: 'an answer blocks another card',
    rule: 'blocksHaveCases',
    kind: 'wrong card',
    plant: {
      store: onCardSave(async (card, { cards, customers }) => {
        if (!card.isBlocked || card.customerId !== ADA.customerId) return card
        const other = await cards.get((await customers.get(CHARLES.customerId))?.cardIds[0] ?? '')
        if (other !== undefined) await cards.save({ ...other, isBlocked: true, blocking: card.blocking })
        return { ...card, isBlocked: false, blocking: null }
      })
    }
  },
  { bug: 'a decided case leaves its card as it was', rule: 'blocksHaveCases', kind: 'lost', plant: { store: onCardSave(async (card) => card.isBlocked ? undefined : card) } },
  {
    bug: 'the voice says "blocked" before the block is stored',
    rule: 'saidIsTrue',
    kind: 'untrue',
    plant: {
      store: (store) => {
        const broken = onCardSave(async (card) => ({ ...card, isBlocked: false, blocking: null }))(store)
        const get: Store['cards']['get'] = async (cardId) => {
          const card = await store.cards.get(cardId)
          return card?.lastSettled?.decision === 'fraud' ? { ...card, isBlocked: true } : card
        }
        return { ...broken, cards: { ...broken.cards, get } }
      }
    }
  },
  {
    bug: 'the end of a call closes a case as answered',
    rule: 'decisionsHaveAnswers',
    kind: 'untrue',
    play: payBy(EMMY),
    plant: { store: onCaseSave((question) => question.decision === 'none' ? { ...question, decision: 'genuine', ending: 'answered' } : question) }
  },
  { bug: 'an attempt never ends, since nothing is found to be due', rule: 'everythingEnds', kind: 'unfinished', plant: { store: (store) => ({ ...store, dueIndex: { due: async () => [] } }) } },
  {
    bug: 'the history names the phone that was called',
    rule: 'storesNoNumber',
    kind: 'untrue',
    plant: { store: onCaseSave((question) => ({ ...question, history: question.history.map((entry) => ({ ...entry, why: `called ${EMMY.phoneNumber}` })) })) }
  }
]

for (const { bug, plant, rule, kind, play = payBy(ADA) } of PLANTED) {
  t.test(`planted: ${bug}: ${rule} finds it`, async (t) => {
    const stage = await createProofStage(t, plant)
    for (const cardholder of [ADA, CHARLES, EMMY]) await stage.register(cardholder)
    await play(stage)
    await stage.dialAll()
    const { findings } = checkProof(await stage.record())
    t.ok(findings.some((finding) => finding.rule === rule && finding.kind === kind), JSON.stringify(findings, null, 1))
  })
}
