import type { Amount } from './domain/amount.ts'
import type { AttemptOutcome } from './domain/attempt.ts'
import type { Card } from './domain/card.ts'
import type { Answer, Case, CaseStatus } from './domain/case.ts'
import type { Queue } from './domain/case-due.ts'
import type { Heard } from './domain/contact-outcome.ts'
import type { Customer, OptOut } from './domain/customer.ts'
import type { Lease } from './domain/lease.ts'
import type { Outcome, RuleOutcome, Ruling } from './domain/outcome.ts'
import type { Channel } from './domain/policy.ts'
import type { RuleFinding } from './domain/rule-finding.ts'
import type { ShadowScore, Transaction } from './domain/transaction.ts'
import type { ErrorCode, RingfenceError } from './errors.ts'

/** The time in Unix milliseconds. */
export type NowMs = () => number

/**
 * Cards, read consistently.
 * Every method of every store throws RingfenceError `store_unavailable` when the store fails or does not answer in time.
 */
export interface CardStore {
  get: (cardId: string) => Promise<Card | undefined>
  /** Writes the card if nobody wrote it since it was read (same `version`); `false` when somebody did. */
  save: (card: Card) => Promise<boolean>
}

/** Cardholders with their opt-outs, read consistently. */
export interface CustomerStore {
  get: (customerId: string) => Promise<Customer | undefined>
  /** Writes everything but the opt-outs. */
  put: (customer: Customer) => Promise<void>
  /** Repeatable: one that is in force stands as it is. @returns whether it is news */
  optOut: (customerId: string, optOut: OptOut) => Promise<boolean>
  /** Takes back the opt-out of the channel; `atMs` and `via` tell when and who. Repeatable. @returns whether there was one */
  takeBackOptOut: (customerId: string, takenBack: OptOut) => Promise<boolean>
}

/** Screened transactions, each recorded once. */
export interface TransactionStore {
  get: (transactionId: string) => Promise<Transaction | undefined>
  /** Records the transaction unless its id was used before; gives back the one that stands. */
  recordOnce: (transaction: Transaction) => Promise<Transaction>
  /** Fulfils the intent of a `pending` question. Repeatable. */
  attachCase: (transactionId: string, caseId: string, caseStatus: CaseStatus) => Promise<void>
}

export interface CaseQuery {
  status: 'open' | 'closed' | undefined
  cardId: string | undefined
  /** 1 to 100. */
  limit: number
  /** Only cases older than this one; case ids sort by time. */
  olderThan: string | undefined
}

/** Cases, read consistently; lists may lag a moment behind. */
export interface CaseStore {
  get: (caseId: string) => Promise<Case | undefined>
  /** Writes the case if nobody wrote it since it was read (same `version`); `false` when somebody did. */
  save: (question: Case) => Promise<boolean>
  /** How many are open or settling; counts no further than `most`. */
  countOpen: (most: number) => Promise<number>
  /** Newest first. A case that is `settling` lists as open. */
  list: (query: CaseQuery) => Promise<Case[]>
}

/** Something that must still be done, found by its due time. */
export interface DueWork {
  kind: 'case' | 'transaction'
  id: string
  /** Unix milliseconds. */
  dueAtMs: number
}

/** What is due, across all items, without a scan. May lag a moment behind; whoever acts reads the item first. */
export interface DueIndex {
  /** The oldest of these queues that are due by then, oldest first: it costs what it gives, however much waits. `Infinity` is all that waits. */
  due: (queues: readonly Queue[], untilMs: number, limit: number) => Promise<DueWork[]>
}

/** The lease of the dialer, read consistently. */
export interface LeaseStore {
  get: () => Promise<Lease | undefined>
  /** Writes the lease if nobody wrote it since it was read (same `version`); `false` when somebody did. */
  save: (lease: Lease) => Promise<boolean>
}

/** What Amazon Connect tells of its contacts, and whose they are; the two may come in either order. */
export interface ContactEventStore {
  /** Repeatable: an event of the same id is stored once. */
  record: (event: ContactEvent) => Promise<void>
  /** Says which attempt started the contact. Repeatable. */
  bind: (contactId: string, attempt: ContactOrigin) => Promise<void>
  /** All that is known of a contact, read consistently. */
  read: (contactId: string) => Promise<{ origin: ContactOrigin | undefined, events: ContactEvent[] }>
}

/** The attempt that started a contact. */
export interface ContactOrigin {
  caseId: string
  attemptId: string
}

/** What one event tells of its contact. A word that the event does not say is absent. */
export interface ContactEvent {
  eventId: string
  contactId: string
  eventType: string
  receivedAtMs: number
  /** Whether somebody, or something, had picked up by then. */
  wasConnected: boolean
  /** When somebody picked up. */
  connectedAtMs?: number
  /** When it ended. */
  endedAtMs?: number
  /** Why it ended, in the calling service's word. */
  disconnectReason?: string
  /** What answered, in the calling service's word. */
  answeringMachine?: string
}

/** What the calling service says of a contact when it is asked. */
export type ContactReport =
  | {
    kind: 'found'
    connectedAtMs: number | null
    /** `null` while it is under way. */
    endedAtMs: number | null
    disconnectReason: string | null
    answeringMachine: string | null
    /** The answer that the flow kept with the contact before it told us; `null` when there is none. */
    answer: Answer | null
    /** What the cardholder wants no more of, kept the same way. */
    optOut: readonly Channel[]
    heard: Heard
  }
  /** It knows no such contact, and asking again will not help. */
  | { kind: 'not_found', why: string }
  /** It is asked too much, or left alone for a moment: nothing was learnt, and nothing has failed. */
  | { kind: 'not_asked', why: string }
  /** It could not be asked; later it may. */
  | { kind: 'failed', why: string }

/** Asks the calling service about a contact. Never throws for what it says; it tells. */
export interface ContactReader {
  describe: (contactId: string) => Promise<ContactReport>
}

/** The cardholder's answer about one transaction. */
export interface TransactionLabel {
  transactionId: string
  answer: Answer
  /** When it was settled. Unix milliseconds. */
  atMs: number
}

/** Tells the detector what the cardholder said, so that its next model learns from it. Repeatable. */
export interface AnswerFeedback {
  /**
   * `refused` is for good: telling again will not help. `not_asked`: the detector did not reply a moment ago and is left alone until `untilMs`.
   * @throws RingfenceError `scorer_unavailable` when a later try may be taken
   */
  label: (label: TransactionLabel) => Promise<{ kind: 'taken' } | { kind: 'refused', why: string } | { kind: 'not_asked', untilMs: number }>
}

/** Whether the store answers. @throws RingfenceError `store_unavailable` */
export type CheckStore = () => Promise<void>

export interface ContactRequest {
  /** Asking twice with the same token starts one contact. */
  clientToken: string
  /** E.164. */
  phoneNumber: string
  attributes: Readonly<Record<string, string>>
  ringMs: number
}

/** What is known after the calling service was asked. */
export type SubmissionResult =
  | { kind: 'submitted', contactId: string }
  /** It certainly did not call, and never will for this request. */
  | { kind: 'refused', outcome: AttemptOutcome, why: string }
  /** It certainly did not call, and may later. */
  | { kind: 'not_now', why: string }
  /** It may have called. */
  | { kind: 'unknown', why: string }

/** Starts contacts on one channel. Never throws for what the calling service says; it tells. */
export interface Caller {
  readonly channel: Channel
  start: (request: ContactRequest) => Promise<SubmissionResult>
}

/** Counts and times what happens. No label ever holds an id, a name or a number of a person. */
export interface Metrics {
  /** @param scorer who scored; `none` when nobody did */
  transactionDecided: (outcome: Outcome, scorer: string, degraded: boolean, replayed: boolean) => void
  /** @param route as it is declared, never as it was asked */
  requestAnswered: (method: string, route: string, status: number, durationMs: number) => void
  awsCalled: (service: 'dynamodb' | 'connect', operation: string, isDone: boolean, durationMs: number) => void
  scored: (scorer: string, durationMs: number) => void
  /** @param why an error code; @param fallback who decides instead: a scorer's name or an outcome */
  scorerFailed: (scorer: string, why: ErrorCode, fallback: string) => void
  scorerRetried: (scorer: string) => void
  breakerStands: (scorer: string, state: BreakerState) => void
  variableUnused: (name: string, why: UnusedVariable['why']) => void
  /** A payment was scored by a model that found less than half of its variables in it. */
  eventSparse: (scorer: string) => void
  /** A rule of the detector file, by its id: it matched, could not be evaluated, or lacked the score. */
  ruleFound: (ruleId: string, finding: RuleFinding['kind']) => void
  shadowScored: (result: 'scored' | 'failed') => void
  /** Which model has the role now. */
  modelRuns: (role: ModelRole, model: string, version: string) => void
  /** What came of a reload: another model, the same one, or one that cannot be used, so that the one before goes on. */
  modelReloaded: (role: ModelRole, result: 'loaded' | 'unchanged' | 'refused') => void
  caseOpened: () => void
  /** How many cases are open or settling, of at most as many as were counted. */
  casesOpen: (count: number) => void
  /** From the opening of a case to the first time that its cardholder was asked for, where nothing but the queue stood between. */
  firstContactAsked: (waitedMs: number) => void
  caseClosed: (decision: string) => void
  contactStarted: (channel: Channel, result: SubmissionResult['kind']) => void
  attemptEnded: (channel: Channel, outcome: AttemptOutcome) => void
  contactLookedUp: (result: ContactReport['kind']) => void
  feedbackSent: (result: 'taken' | 'refused' | 'failed') => void
  optOutChanged: (channel: Channel, change: 'set' | 'taken_back') => void
  answerHeard: (answer: string, verdict: string) => void
  /** @param sinceMs how long nothing of what is due could be found, when that is why */
  dialerPassFailed: (sinceMs?: number) => void
  /**
   * What a pass of the dialer saw when it began.
   * @param lagMs how long the oldest due work had been waiting; 0 when nothing was due
   * @param liveCalls calls that ring or are talked on, or may be
   */
  dialerPassed: (pass: { lagMs: number, liveCalls: number, durationMs: number }) => void
  /** Whether this process is the one that dials. */
  leaseHeld: (isHeld: boolean) => void
}

/** The part of a logger that the rules use. */
export interface Log {
  info: (fields: object, message: string) => void
  warn: (fields: object, message: string) => void
  error: (fields: object, message: string) => void
}

/** What a scorer sees of a transaction. It never sees a card number. */
export interface ScorableTransaction {
  transactionId: string
  customerId: string
  occurredAtMs: number
  amount: Amount
  /** Event variables by name; `null` is the same as absent. */
  variables: Readonly<Record<string, string | null>>
}

/** A variable that the scorer knows and could not use, and why. */
export interface UnusedVariable {
  name: string
  why: 'absent' | 'unreadable' | 'unseen'
}

/** What a scorer says of a transaction: a score, a detector's ruling, or both. */
export interface Assessment {
  /** 0 (harmless) to 1000, whole, on the scale of Amazon Fraud Detector's insight scores; `null`: the detector gave an outcome and no score. */
  score: number | null
  model: { name: string, version: string }
  unusedVariables: readonly UnusedVariable[]
  /** What the detector's own rules decided; absent: the policy's thresholds decide by the score. */
  ruled?: Ruling
  /** Which variables made the score high, heaviest first, at most three; `time` is the hour and the day. Costs a second prediction; absent where the scorer cannot tell. */
  explain?: () => readonly string[]
}

/** Whether a model of ours decides, as the scorer or its fallback, or only scores beside. */
export type ModelRole = 'scorer' | 'shadow'

export type ScorerName = 'embedded' | 'frauddetector' | 'sagemaker'

/** Gives a transaction a score. Never asked but through its guard. */
export interface Scorer {
  readonly name: ScorerName
  /** @throws RingfenceError `scorer_*` when no score can be had; the code tells the guard what to do about it */
  score: (transaction: ScorableTransaction, signal: GiveUpSignal) => Promise<Assessment>
  /** Why it takes no such transaction, known without asking anybody; absent where it takes them all. */
  refusal?: (transaction: ScorableTransaction) => RingfenceError | undefined
  /** Resolves when a score could be given now; absent where asking costs a prediction. @throws RingfenceError `scorer_*` */
  checkReady?: () => Promise<void>
}

/** A model that is tried: it scores beside the scorer, and decides nothing. It answers at once or throws. */
export interface ShadowScorer {
  score: (transaction: ScorableTransaction) => ShadowScore
}

/** How a scorer's circuit breaker stands: `open` asks nobody, `half_open` waits for the one transaction that tries. */
export type BreakerState = 'closed' | 'open' | 'half_open'

/** A scorer that is asked within bounds: it settles within its deadline, is asked at most twice, and is left alone while it fails. */
export interface GuardedScorer {
  readonly name: ScorerName
  /** @throws RingfenceError `scorer_*` within the deadline when no score can be had */
  score: (transaction: ScorableTransaction) => Promise<Assessment>
  /** Resolves when a score could be given now, as far as can be told without a prediction. @throws RingfenceError `scorer_*` */
  checkReady: () => Promise<void>
  state: () => BreakerState
}

/** What the rules of a detector file may ask about. */
export interface RuleFacts {
  transaction: ScorableTransaction
  card: Card
  /** `undefined`: no score could be had. */
  scored: { score: number, scorerName: ScorerName, isFallback: boolean } | undefined
  nowMs: number
}

/**
 * Tells that nobody waits any longer. As much of an `AbortSignal` as is needed, with one listener: on the path of every payment a real one costs more
 * than the signature of a call.
 */
export interface GiveUpSignal {
  readonly aborted: boolean
  /** Why, once it is aborted. */
  readonly reason: unknown
  onabort: ((this: any, event: any) => unknown) | null
}

/** The rules of a detector file, checked when it was read. */
export interface Rules {
  /** The detector's name. */
  readonly name: string
  /** The outcome when no rule matches. */
  readonly otherwise: RuleOutcome
  /** In the order of the file; where the first match decides, nothing after it. Never throws for what a rule does; it tells. */
  evaluate: (facts: RuleFacts) => RuleFinding[]
}
