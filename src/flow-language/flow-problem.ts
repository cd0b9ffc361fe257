/** `error`: it cannot be published or run; `warning`: it runs and is surely not meant so; `note`: worth a look. */
export type Severity = 'error' | 'warning' | 'note'

/** One thing that is wrong with a flow. */
export interface FlowProblem {
  /** Stable name of the rule that found it. */
  rule: string
  severity: Severity
  /** Identifier of the block, when it lies in one. */
  block?: string
  message: string
}

/** What a rule found in a block, before it is known which block that is. */
export type Finding = Pick<FlowProblem, 'rule' | 'message'>
