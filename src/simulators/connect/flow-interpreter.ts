import type { SimulatorClock } from '../aws/clock.ts'
import type { Contact } from './contact.ts'
import { BLOCKS, type BlockOutcome, type FlowRun } from './flow-blocks.ts'
import type { Flow, FlowAction } from '../../flow-language/flow-document.ts'
import type { LambdaFunction } from './lambda-invocation.ts'
import type { Line } from './line.ts'

/** A flow that runs more blocks than this in one call goes round in circles. */
const MAX_STEPS = 2000

/**
 * Runs a flow from its first block until a terminal block, a hang-up or a fault of the flow.
 * After a hang-up no branch is taken and no Lambda function called; one in flight is waited for.
 * Each block leaves a line in the contact's transcript; a fault of the flow leaves `flowError`.
 */
export async function interpretFlow ({ flow, contact, line, clock, region, instanceArn, lambdas, lambdaClock }: {
  flow: Flow
  contact: Contact
  line: Line
  clock: SimulatorClock
  region: string
  instanceArn: string
  lambdas: Readonly<Record<string, LambdaFunction>>
  lambdaClock: SimulatorClock
}): Promise<void> {
  const memory: FlowRun['memory'] = { external: {}, storedInput: undefined, voice: 'Joanna', loops: new Map() }
  const run: FlowRun = { contact, line, region, instanceArn, lambdas, lambdaClock, memory }
  let next: string | undefined = flow.startAction

  for (let step = 0; next !== undefined; step++) {
    const action = flow.actions.get(next)
    if (action === undefined) return fail(contact, `${next}: there is no such block`)
    if (step >= MAX_STEPS) return fail(contact, `${next}: the flow went through ${MAX_STEPS} blocks without an end`)
    const block = BLOCKS[action.Type]
    if (block === undefined) return fail(contact, `${next}: this simulator does not run blocks of type ${action.Type}`)
    const outcome: BlockOutcome = await block(action, run)
    const error = outcome.error === undefined ? '' : ` -> ${outcome.error}`
    contact.transcript.push({ atMs: clock.nowMs(), who: 'block', text: `${next}: ${outcome.note}${error}` })
    if (outcome.isEnd === true || line.isOver()) return
    next = chooseNext(action, outcome)
    if (next === undefined) return fail(contact, `${action.Identifier}: no branch for ${outcome.error ?? outcome.value ?? 'success'}`)
  }
}

/** Which block follows: a raised error's branch, else the first condition that holds, else NoMatchingCondition, else NextAction. */
export function chooseNext (action: FlowAction, outcome: Pick<BlockOutcome, 'value' | 'error'>): string | undefined {
  const { NextAction, Conditions = [], Errors = [] } = action.Transitions
  const errorBranch = (type: string) => Errors.find(error => error.ErrorType === type)?.NextAction
  if (outcome.error !== undefined) return errorBranch(outcome.error) ?? errorBranch('NoMatchingError')
  const { value } = outcome
  if (value === undefined) return NextAction
  const met = Conditions.find(({ Condition }) => holds(value, Condition.Operator, Condition.Operands[0] ?? ''))
  return met?.NextAction ?? errorBranch('NoMatchingCondition') ?? NextAction
}

function holds (value: string, operator: string, operand: string): boolean {
  switch (operator) {
    case 'Equals': return value === operand
    case 'TextStartsWith': return value.startsWith(operand)
    case 'TextEndsWith': return value.endsWith(operand)
    case 'TextContains': return value.includes(operand)
    case 'NumberGreaterThan': return toNumber(value) > toNumber(operand)
    case 'NumberGreaterOrEqualTo': return toNumber(value) >= toNumber(operand)
    case 'NumberLessThan': return toNumber(value) < toNumber(operand)
    case 'NumberLessOrEqualTo': return toNumber(value) <= toNumber(operand)
    default: return false
  }
}

/** NaN for what is no number, so that every comparison with it is false. */
function toNumber (text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text)
}

function fail (contact: Contact, why: string): void {
  contact.flowError = why
}
