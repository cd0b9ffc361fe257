import type { Acknowledgement, ProofRecord } from '../proof-record.ts'

/** What is wrong: something acknowledged or said is gone, something happened twice, to another card, never ended, or was told otherwise than it is. */
export type FindingKind = 'lost' | 'doubled' | 'wrong card' | 'unfinished' | 'untrue'

/** One thing that is not as it must be. */
export interface Finding {
  rule: string
  kind: FindingKind
  what: string
  /** Ids by which it can be looked up. */
  evidence: string[]
}

/** Says that something is wrong; the rule adds its name. */
export type Find = (kind: FindingKind, what: string, ...evidence: string[]) => void

/** The items as the table holds them, read here anew and not with the service's types: only what the rules look at. */
export interface StoredTransaction {
  transactionId: string
  cardId: string
  customerId: string
  outcome: string
  question: { state: string, caseId?: string } | null
}
export interface StoredAttempt {
  attemptId: string
  status: string
  submissions: number
  contactId: string | null
  outcome: string | null
}
export interface StoredCase {
  caseId: string
  cardId: string
  last4: string
  customerId: string
  status: string
  decision: string | null
  ending: string | null
  answeredIds: string[] | null
  openedAtMs: number
  closedAtMs: number | null
  transactions: Array<{ transactionId: string }>
  attempts: StoredAttempt[]
  history: Array<{ atMs: number, what: string }>
}
export interface StoredCard {
  cardId: string
  last4: string
  customerId: string | null
  isBlocked: boolean
  blocking: { atMs: number, by: string } | null
  openCaseId: string | null
}
export interface StoredCustomer { customerId: string, phoneNumber: string }

/** A call or a text as the simulator tells it, with what its flow left there. */
export interface Call {
  contactId: string
  clientToken: string | null
  destination: string
  caseId: string
  attemptId: string
  attributes: Record<string, string>
  startedAtMs: number
  /** Infinity while it goes on. */
  endedAtMs: number
  /** What the flow kept before it told anybody; `null` when no valid key or reply came. */
  answer: string | null
  /** The keys 1 and 2 that were pressed while the flow listened. */
  pressed: string[]
  said: Array<{ atMs: number, text: string }>
}

/** The record, laid out for the rules: each thing by its id, so that no rule searches. */
export interface Evidence {
  acknowledgements: readonly Acknowledgement[]
  transactions: ReadonlyMap<string, StoredTransaction>
  cases: ReadonlyMap<string, StoredCase>
  cards: ReadonlyMap<string, StoredCard>
  customers: ReadonlyMap<string, StoredCustomer>
  attempts: ReadonlyMap<string, StoredAttempt>
  casesOfCard: ReadonlyMap<string, StoredCase[]>
  calls: readonly Call[]
  /** In the order in which they began. */
  callsOfCase: ReadonlyMap<string, Call[]>
  items: ProofRecord['items']
}

/** Lays the record out. */
export function readEvidence ({ acknowledgements, contacts, items }: ProofRecord): Evidence {
  const ofKind = <T>(kind: string, id: string) => new Map(items.filter(({ sk }) => sk === kind).map((item) => [String(item[id]), item as T]))
  const cases = ofKind<StoredCase>('CASE', 'caseId')
  const calls = contacts.map(readCall).sort((a, b) => a.startedAtMs - b.startedAtMs)
  return {
    acknowledgements,
    transactions: ofKind<StoredTransaction>('TRANSACTION', 'transactionId'),
    cases,
    cards: ofKind<StoredCard>('CARD', 'cardId'),
    customers: ofKind<StoredCustomer>('CUSTOMER', 'customerId'),
    attempts: new Map([...cases.values()].flatMap((question) => question.attempts.map((attempt) => [attempt.attemptId, attempt]))),
    casesOfCard: groupBy(cases.values(), ({ cardId }) => cardId),
    calls,
    callsOfCase: groupBy(calls, ({ caseId }) => caseId),
    items
  }
}

/** Puts things that share a key together, in their order. */
export function groupBy<T> (things: Iterable<T>, keyOf: (thing: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const thing of things) {
    const group = groups.get(keyOf(thing))
    if (group === undefined) groups.set(keyOf(thing), [thing])
    else group.push(thing)
  }
  return groups
}

/** When the case was first decided: from then on another may be opened. Its closing is written later, after its follow-up was opened. */
export function decidedAtMs ({ history, closedAtMs }: StoredCase): number {
  return history.find(({ what }) => what.startsWith('decided '))?.atMs ?? closedAtMs ?? Infinity
}

function readCall ({ contactId, clientToken, destination, attributes, startedAt, endedAt, transcript }: ProofRecord['contacts'][number]): Call {
  return {
    contactId,
    clientToken,
    destination,
    attributes,
    caseId: attributes['CaseId'] ?? '',
    attemptId: attributes['AttemptId'] ?? '',
    startedAtMs: Date.parse(startedAt),
    endedAtMs: endedAt === null ? Infinity : Date.parse(endedAt),
    answer: attributes['Answer'] ?? null,
    pressed: transcript.flatMap(({ who, text }) => (who === 'cardholder' ? /^pressed ([12])$/.exec(text)?.[1] : undefined) ?? []),
    said: transcript.filter(({ who }) => who === 'system').map(({ at, text }) => ({ atMs: Date.parse(at), text }))
  }
}
