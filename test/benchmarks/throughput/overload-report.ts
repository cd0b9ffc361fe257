import type { Machine } from './machine.ts'
import type { PhaseResult, Replies } from './overload-generator.ts'

/** What a run at more than can be served came to. */
export interface OverloadResults {
  measuredAt: string
  command: string
  machine: Machine
  /** Payments a second that go through when as many are sent. */
  capacity: number
  times: number
  connections: number
  phases: PhaseResult[]
  /** Transactions that the store was given meanwhile. */
  stored: number
}

/** Less than all: when garbage is collected, everybody waits. */
const REFUSED_WITHIN = 0.95
const SERVED_AT_LEAST = 0.5

/** What is promised, and whether it held: each a sentence and a verdict. */
export function verdictsOf ({ capacity, phases, stored }: Pick<OverloadResults, 'capacity' | 'phases' | 'stored'>): Array<{ what: string, isKept: boolean }> {
  const of = (name: string) => phases.find((phase) => phase.name === name)
  const [overload, after] = [of('overload'), of('after')]
  const acknowledged = sum(phases.map(({ answered }) => answered.count))
  const inTime = overload === undefined || overload.refused.count === 0 ? 0 : 1 - overload.refused.overTenMs / overload.refused.count
  const served = overload === undefined ? 0 : overload.answered.count / overload.seconds / capacity
  return [
    { what: `${percent(inTime)} of the refusals came within 10 ms (at least ${percent(REFUSED_WITHIN)})`, isKept: inTime >= REFUSED_WITHIN },
    { what: `${percent(served)} of what goes through without overload was answered (at least ${percent(SERVED_AT_LEAST)}; the refusals take the rest of the processor)`, isKept: served >= SERVED_AT_LEAST },
    { what: `${after?.refused.count ?? 0} refusals a second after the overload's end and later (none)`, isKept: after?.refused.count === 0 },
    { what: `${acknowledged.toLocaleString('en')} payments acknowledged, ${stored.toLocaleString('en')} stored: lost ${acknowledged - stored}, stored without a word ${Math.max(0, stored - acknowledged)}`, isKept: acknowledged === stored },
    { what: `${sum(phases.map(({ others }) => others))} other replies or broken connections, ${sum(phases.map(({ unsent }) => unsent))} payments for which no connection was free (none)`, isKept: phases.every(({ others, unsent }) => others === 0 && unsent === 0) }
  ]
}

/** The results as Markdown, the head of a table per phase. */
export function markdownOf (results: OverloadResults): string {
  const { measuredAt, command, machine, capacity, times, connections, phases } = results
  const row = (cells: ReadonlyArray<string | number>): string => `| ${cells.join(' | ')} |`
  const figures = ({ count, p50Us, p99Us, maxUs }: Replies, seconds: number): string[] => count === 0 ? ['0', '-', '-', '-'] : [Math.round(count / seconds).toLocaleString('en'), ms(p50Us), ms(p99Us), ms(maxUs)]
  return [
    `\`${command}\`, ${measuredAt.slice(0, 10)}, ${machine.processor}, ${machine.processors} processors, ${machine.system}, Node ${machine.node}; the service on one processor, generator and stubs on the others, a store call takes 4 ms. ` +
    `As many as go through: ${Math.round(capacity).toLocaleString('en')} a second. Overload: ${times} times as many, over ${connections.toLocaleString('en')} connections.`,
    '',
    row(['', 'seconds', 'sent /s', '200 /s', 'p50 ms', 'p99 ms', 'max ms', '503 /s', 'p50 ms', 'p99 ms', 'max ms', '503 later than 10 ms']),
    row(['---', ...Array.from({ length: 11 }, () => '---:')]),
    ...phases.map(({ name, seconds, perSecond, answered, refused }) => row([
      name, seconds, Math.round(perSecond).toLocaleString('en'), ...figures(answered, seconds), ...figures(refused, seconds), refused.count === 0 ? '-' : percent(refused.overTenMs / refused.count)
    ])),
    '',
    ...verdictsOf(results).map(({ what, isKept }) => `- ${isKept ? 'kept' : '**not kept**'}: ${what}`)
  ].join('\n')
}

function sum (numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}

function ms (us: number): string {
  return (us / 1000).toFixed(us < 100_000 ? 1 : 0)
}

function percent (share: number): string {
  return `${(share * 100).toFixed(1)} %`
}
