import { textTable } from '../../../src/cli/text-table.ts'
import { megabytes, milliseconds, whole } from './figures.ts'
import type { Cell, Ratio, Results } from './results.ts'

const HEAD = ['subject', 'stubs', 'requests/s', 'CPU us', 'at /s', 'p50 ms', 'p99 ms', 'p99.9 ms', 'loop p99 ms', 'MB', 'start ms', 'busy %', 'others %']

function row ({ title, stubs, perSecond, cpuUs, halfPerSecond, p50Us, p99Us, p999Us, loopDelayP99Us, rssBytes, startMs, subjectBusy, othersBusy }: Cell): string[] {
  return [
    title, stubs, whole(perSecond), whole(cpuUs), whole(halfPerSecond), milliseconds(p50Us), milliseconds(p99Us), milliseconds(p999Us),
    loopDelayP99Us === null ? '-' : milliseconds(loopDelayP99Us), megabytes(rssBytes), whole(startMs), String(Math.round(subjectBusy * 100)), String(Math.round(othersBusy * 100))
  ]
}

function ratioRow ({ name, value, target, met }: Ratio): string[] {
  return [name, value >= 20 ? value.toFixed(0) : value.toFixed(2), target ?? '-', met === null ? '-' : met ? 'yes' : 'no']
}

const RATIO_HEAD = ['ratio', 'value', 'target', 'met']

/** For a terminal. */
export function textOf ({ machine, isPinned, cells, ratios, warnings }: Results): string {
  return [
    machineLine(machine, isPinned),
    textTable([HEAD, ...cells.map(row)]),
    ratios.length === 0 ? '' : textTable([RATIO_HEAD, ...ratios.map(ratioRow)]),
    warnings.map((warning) => `! ${warning}`).join('\n')
  ].filter((part) => part !== '').join('\n\n')
}

/** For the document, between its markers. */
export function markdownOf ({ measuredAt, command, machine, isPinned, plan, limits, cells, ratios, warnings }: Results, chart: string): string {
  return [
    `Measured ${measuredAt.slice(0, 10)} by \`${command}\`: ${machineLine(machine, isPinned)} ${plan.rounds} rounds, medians; ${seconds(plan.saturation)} of as many requests as go through and ${seconds(plan.halfLoad)} of half as many, each.`,
    `Raised limits of the service: ${Object.entries(limits).map(([name, value]) => `\`${name}=${value}\``).join(', ')}.`,
    `![CPU per request and latency at half load, by subject](${chart})`,
    markdownTable([HEAD, ...cells.map(row)], 2),
    ratios.length === 0 ? '' : markdownTable([RATIO_HEAD, ...ratios.map(ratioRow)], 1),
    warnings.map((warning) => `- ${warning}`).join('\n')
  ].filter((part) => part !== '').join('\n\n')
}

function machineLine ({ processor, processors, memoryGb, system, node }: Results['machine'], isPinned: boolean): string {
  return `${processor}, ${processors} processors, ${memoryGb} GB, ${system}, Node ${node}; ${isPinned ? 'the subject alone on one processor, generator and stubs on the others' : 'nothing is pinned to a processor'}.`
}

function seconds (value: number): string {
  return `${value.toFixed(1)} s`
}

/** @param words so many columns are text, the others numbers */
function markdownTable (rows: ReadonlyArray<readonly string[]>, words: number): string {
  const [head = [], ...body] = rows
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map((_, index) => index < words ? '---' : '--:')), ...body.map(line)].join('\n')
}
