import { setTimeout as pause } from 'node:timers/promises'
import type { Card } from '../domain/card.ts'
import type { Case } from '../domain/case.ts'
import { RingfenceError } from '../errors.ts'
import type { CardStore, CaseStore } from '../ports.ts'

/** Losing a race means that somebody else got further, so a handful of tries is plenty and a loop without end is a fault. */
const MAX_TRIES = 20
/** So many tries follow at once; then replicas that race step out of each other's way, each for a while of its own. */
const EAGER_TRIES = 3
const FIRST_PAUSE_MS = 4
const MAX_PAUSE_MS = 100
/** How long a writer waits for its turn at an item. */
const MAX_WAIT_MS = 5_000

/**
 * Reads a card, changes it and writes it unless somebody else did meanwhile; then again from the start.
 * `change` gives the same object back when there is nothing to write.
 * @returns the card as it is stored now
 * @throws RingfenceError `card_not_found`, `state_contended`
 */
export async function changeCard (cards: CardStore, cardId: string, change: (card: Card) => Card): Promise<Card> {
  return await inTurn(cards, cardId, async () => await changeStored(() => cards.get(cardId), (card) => cards.save(card), change, 'card_not_found'))
}

/**
 * The same for a case. What was read or written a moment ago, `known`, saves the first reading: if it is still so the write succeeds,
 * and that there is nothing to write is believed of nothing but a reading of its own.
 * @throws RingfenceError `case_not_found`, `state_contended`
 */
export async function changeCase (cases: CaseStore, caseId: string, change: (question: Case) => Case, known?: Case): Promise<Case> {
  return await inTurn(cases, caseId, async () => await changeStored(() => cases.get(caseId), (question) => cases.save(question), change, 'case_not_found', known))
}

async function changeStored<T extends { version: number }> (
  read: () => Promise<T | undefined>, save: (value: T) => Promise<boolean>, change: (value: T) => T, missing: 'card_not_found' | 'case_not_found', known?: T
): Promise<T> {
  if (known !== undefined) {
    const after = change(known)
    if (after !== known && await save(after)) return { ...after, version: after.version + 1 }
  }
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    if (tries >= EAGER_TRIES) await pause(Math.random() * Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - EAGER_TRIES)))
    const before = await read()
    if (before === undefined) throw new RingfenceError(missing)
    const after = change(before)
    if (after === before) return before
    if (await save(after)) return { ...after, version: after.version + 1 }
  }
  throw new RingfenceError('state_contended')
}

/** Who is last in the queue for an item of a store. */
const queues = new WeakMap<object, Map<string, Promise<unknown>>>()

/**
 * Within one process the writers of one item take turns, so that a burst on one card does not race with itself;
 * the version condition is for the other replicas.
 */
async function inTurn<T> (store: object, id: string, work: () => Promise<T>): Promise<T> {
  const queue = queues.get(store) ?? new Map<string, Promise<unknown>>()
  queues.set(store, queue)
  const turn = afterTurn(queue.get(id)).then(work)
  queue.set(id, turn)
  try {
    return await turn
  } finally {
    if (queue.get(id) === turn) queue.delete(id)
  }
}

/** A store that hangs must not make a queue of deadlines. */
async function afterTurn (before: Promise<unknown> | undefined): Promise<void> {
  if (before === undefined) return
  let timer: NodeJS.Timeout | undefined
  const tooLong = new Promise<never>((_resolve, reject) => { timer = setTimeout(() => { reject(new RingfenceError('state_contended')) }, MAX_WAIT_MS) })
  try {
    await Promise.race([before.catch(() => {}), tooLong])
  } finally {
    clearTimeout(timer)
  }
}
