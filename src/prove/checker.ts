import { answersAreTaken, asksAboutTheRightCard, blocksHaveCases, decisionsHaveAnswers, keptWhatWasPressed, saidIsTrue } from './checker/answer-rules.ts'
import { callsAreKnown, callsOneByOne, dialledOnce, oneCaseAtATime } from './checker/call-rules.ts'
import { readEvidence, type Evidence, type Find, type Finding, type FindingKind } from './checker/evidence.ts'
import { storesNoNumber } from './checker/privacy-rules.ts'
import { acknowledgedIsStored, everythingEnds, repliesAgree, suspiciousHasCase } from './checker/transaction-rules.ts'
import type { ProofRecord } from './proof-record.ts'

/** What the proof comes to. */
export interface ProofReport {
  counts: Record<'processes died' | 'acknowledged' | 'decided' | 'cases' | 'calls' | 'answers' | 'blocks', number>
  tallies: Record<FindingKind, number>
  findings: Finding[]
  /** Seconds, by name; `ack to call` is worked out here. */
  measures: Record<string, { count: number, median: number, p99: number, max: number }>
}

const RULES: ReadonlyArray<(evidence: Evidence, find: Find) => void> = [
  acknowledgedIsStored, repliesAgree, suspiciousHasCase, everythingEnds,
  oneCaseAtATime, dialledOnce, callsOneByOne, callsAreKnown,
  asksAboutTheRightCard, keptWhatWasPressed, answersAreTaken, decisionsHaveAnswers, blocksHaveCases, saidIsTrue,
  storesNoNumber
]

const SHOWN = 20
const NAME_LENGTH = 24

/**
 * Holds the record against the invariants. It shares no code with the service: it reads the table's items itself, and the calls from
 * the simulator's own record.
 */
export function checkProof (record: ProofRecord): ProofReport {
  const evidence = readEvidence(record)
  const findings: Finding[] = []
  for (const rule of RULES) rule(evidence, (kind, what, ...ids) => { findings.push({ rule: rule.name, kind, what, evidence: ids }) })
  const tallies: ProofReport['tallies'] = { lost: 0, doubled: 0, 'wrong card': 0, unfinished: 0, untrue: 0 }
  for (const { kind } of findings) tallies[kind]++
  const { acknowledgements, cases, calls, cards } = evidence
  return {
    counts: {
      'processes died': record.deaths,
      acknowledged: new Set(acknowledgements.map(({ transactionId }) => transactionId)).size,
      decided: [...cases.values()].filter(({ decision }) => decision !== null).length,
      cases: cases.size,
      calls: calls.length,
      answers: calls.filter(({ answer }) => answer !== null).length,
      blocks: [...cards.values()].filter(({ isBlocked }) => isBlocked).length
    },
    tallies,
    findings,
    measures: Object.fromEntries(Object.entries({ 'ack to call': ackToCallSeconds(evidence), ...record.measures })
      .filter(([, seconds]) => seconds.length > 0).map(([name, seconds]) => [name, summary(seconds)]))
  }
}

/** The report as text: what happened, what is wrong, how long it took, and the first findings. */
export function renderReport ({ counts, tallies, findings, measures }: ProofReport): string {
  const row = (name: string, value: number | string) => `  ${name.padEnd(NAME_LENGTH)}${String(value).padStart(10)}`
  const time = (seconds: number) => `${seconds.toFixed(2)} s`
  return [
    ...Object.entries(counts).map(([name, count]) => row(name, count)),
    '',
    ...Object.entries(tallies).map(([kind, count]) => row(kind, count)),
    '',
    ...Object.entries(measures).map(([name, { count, median, p99, max }]) => `${name.length > NAME_LENGTH ? `  ${name}\n${row('', time(median))}` : row(name, time(median))} median, ${time(p99)} p99, ${time(max)} max, of ${count}`),
    ...findings.slice(0, SHOWN).map(({ rule, kind, what, evidence }) => `  ${kind}: ${what} [${rule}] ${evidence.join(' ')}`),
    ...findings.length > SHOWN ? [`  and ${findings.length - SHOWN} more`] : []
  ].join('\n') + '\n'
}

/** From the reply that acknowledged what opened a case to its first call; 0 when the phone rang before the reply was in hand. */
function ackToCallSeconds ({ acknowledgements, cases, callsOfCase }: Evidence): number[] {
  const firstTold = new Map<string, number>()
  for (const { transactionId, atMs } of acknowledgements) firstTold.set(transactionId, Math.min(atMs, firstTold.get(transactionId) ?? Infinity))
  return [...callsOfCase].flatMap(([caseId, [first]]) => {
    const toldAtMs = firstTold.get(cases.get(caseId)?.transactions[0]?.transactionId ?? '')
    return toldAtMs === undefined || first === undefined ? [] : Math.max(0, first.startedAtMs - toldAtMs) / 1000
  })
}

function summary (values: readonly number[]) {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0
  return { count: sorted.length, median: at(0.5), p99: at(0.99), max: at(1) }
}
