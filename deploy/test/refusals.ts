import type { Parameter, Template } from './template.ts'

type Given = Record<string, string>

/** What CloudFormation would say to these parameters before it makes a thing; empty when it takes them. */
export function refusals ({ Parameters, Rules }: Template, given: Given): string[] {
  const wrong = Object.entries(Parameters).filter(([name, parameter]) => !isAllowed(parameter, given[name] ?? parameter.Default))
  if (wrong.length > 0) return wrong.map(([name, { ConstraintDescription }]) => ConstraintDescription ?? `${name} is missing.`)

  const valueOf = (name: string): string => given[name] ?? Parameters[name]?.Default ?? ''
  const functions: Record<string, (argument: any) => unknown> = {
    Ref: valueOf,
    'Fn::Equals': ([a, b]) => resolve(a) === resolve(b),
    'Fn::Not': ([one]) => resolve(one) !== true,
    'Fn::And': (all: unknown[]) => all.every((one) => resolve(one) === true),
    'Fn::Or': (all: unknown[]) => all.some((one) => resolve(one) === true),
    'Fn::Contains': ([list, value]) => (resolve(list) as unknown[]).includes(resolve(value))
  }
  /** Rules know these functions and no other (AWS CloudFormation User Guide, "Rule-specific intrinsic functions"). */
  function resolve (value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return value.map(resolve)
    const [[name, argument] = ['', undefined]] = Object.entries(value)
    const run = functions[name]
    if (run === undefined) throw new Error(`Rules know no ${name}`)
    return run(argument)
  }
  return Object.values(Rules)
    .filter(({ RuleCondition }) => RuleCondition === undefined || resolve(RuleCondition) === true)
    .flatMap(({ Assertions }) => Assertions.filter(({ Assert }) => resolve(Assert) !== true).map(({ AssertDescription }) => AssertDescription))
}

function isAllowed ({ Type, AllowedPattern, AllowedValues, MinValue, MaxValue }: Parameter, value: string | undefined): boolean {
  if (value === undefined) return false
  if (AllowedPattern !== undefined && !new RegExp(`^(?:${AllowedPattern})$`).test(value)) return false
  if (AllowedValues !== undefined && !AllowedValues.includes(value)) return false
  if (Type === 'Number' && !/^-?[0-9]+$/.test(value)) return false
  return (MinValue === undefined || Number(value) >= MinValue) && (MaxValue === undefined || Number(value) <= MaxValue)
}
