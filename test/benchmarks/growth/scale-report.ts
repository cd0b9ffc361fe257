import { cpus } from 'node:os'
import { markdownTable } from './markdown-table.ts'
import type { DecisionRow, PassRow } from './measurements.ts'
import type { ScalePlan, ScaleResult } from './scale-run.ts'

/** More than this times the least is growth, not noise: neighbours of a quiet machine are within 15 %, a busy one has been seen at a half. */
const CPU_MARGIN = 1.5
const CALLS_MARGIN = 0.5
const PASS_MARGIN = 2
const PASS_FREE_MS = 5

/** The tables of what was measured, as Markdown. */
export function scaleReport (plan: ScalePlan, { decisions, passes, replicas, loading }: ScaleResult): string {
  const whole = (value: number) => Math.round(value).toLocaleString('en')
  return `Node ${process.versions.node} on ${cpus().length} cores, which the store, the load and the service share; ${new Date().toISOString().slice(0, 10)}. Payments come ${plan.perSecond} a second from random cards, ${plan.decisionSeconds} s for each line.

**A decision** (approved, embedded model), one process:

${markdownTable(['cards', 'cases waiting', 'CPU µs', 'store calls', 'p50 ms', 'p99 ms', 'failed'], decisions.map((row) => [whole(row.cards), whole(row.waiting), whole(row.cpuUs), row.calls.toFixed(2), row.p50Ms.toFixed(1), row.p99Ms.toFixed(1), whole(row.failed)]))}

**A pass of the dialer**, means of as many as ${plan.passSeconds} s have room for:

${markdownTable(['cards', 'cases', 'store calls', 'ms', 'CPU µs', 'passes'], passes.map((row) => [whole(row.cards), row.what, row.calls.toFixed(2), row.ms.toFixed(1), whole(row.cpuUs), whole(row.passes)]))}

**Processes**, on the fullest table; "flat out" is 16 clients for each process without a pause:

${markdownTable(['processes', 'decisions a second, flat out', 'CPU µs, flat out', 'store calls', `CPU µs, ${plan.perSecond} a second`, 'p99 ms', 'failed'], replicas.map(({ flatOut, onTheBeat }) => [String(flatOut.processes), whole(flatOut.perSecond), whole(flatOut.cpuUs), flatOut.calls.toFixed(2), whole(onTheBeat.cpuUs), onTheBeat.p99Ms.toFixed(1), whole(flatOut.failed + onTheBeat.failed)]))}

Written before it: ${whole(loading.cardsPerSecond)} cards and ${whole(loading.casesPerSecond)} cases a second.`
}

/** Whether nothing grows with the table. */
export function isFlat ({ decisions, passes }: ScaleResult): boolean {
  const [first, ...others] = decisions
  const [firstPass, ...otherPasses] = passes
  return others.every((row) => isNoDearer(row, first)) && otherPasses.every((row) => isNoSlower(row, firstPass))
}

function isNoDearer (row: DecisionRow, first: DecisionRow | undefined): boolean {
  return first !== undefined && row.cpuUs <= first.cpuUs * CPU_MARGIN && row.calls <= first.calls + CALLS_MARGIN
}

function isNoSlower (row: PassRow, first: PassRow | undefined): boolean {
  return first !== undefined && row.ms <= first.ms * PASS_MARGIN + PASS_FREE_MS
}
