import { CfnCondition, Fn, Stack, type ICfnRuleConditionExpression } from 'aws-cdk-lib'
import type { Construct } from 'constructs'

/** A condition that stands in the template by its own name, whatever construct it was made in. */
export function condition (scope: Construct, name: string, expression: ICfnRuleConditionExpression): CfnCondition {
  const made = new CfnCondition(scope, name, { expression })
  made.overrideLogicalId(name)
  return made
}

/** Whether a parameter was left empty. */
export function isEmpty (parameter: string): ICfnRuleConditionExpression {
  return Fn.conditionEquals(parameter, '')
}

/** Whether a parameter was given. */
export function isGiven (parameter: string): ICfnRuleConditionExpression {
  return Fn.conditionNot(isEmpty(parameter))
}

/** The one value or the other, told when the stack is deployed. */
export function either (which: CfnCondition, then: unknown, otherwise: unknown): string {
  return Fn.conditionIf(which.logicalId, then, otherwise).toString()
}

/** The ARN of something in this account and region. */
export function arn (scope: Construct, service: string, path: string): string {
  const { partition, region, account } = Stack.of(scope)
  return `arn:${partition}:${service}:${region}:${account}:${path}`
}
