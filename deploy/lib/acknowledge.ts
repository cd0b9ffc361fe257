import { Validations } from 'aws-cdk-lib'
import type { IConstruct } from 'constructs'

/** Says of one construct why a rule does not hold for it. */
export function acknowledge (construct: IConstruct, ruleId: string, reason: string): void {
  Validations.of(construct).acknowledge({ id: ruleId, reason })
}

/** Says why a policy holds a resource with a wildcard; cdk-nag wants each named, with parameters in angle brackets and anything else as JSON. */
export function acknowledgeWildcard (construct: IConstruct, resource: string, reason: string): void {
  acknowledge(construct, `AwsSolutions-IAM5[Resource::${resource}]`, reason)
}
