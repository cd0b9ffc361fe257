import { CfnRule, Fn, Token, type ICfnRuleConditionExpression, type Stack } from 'aws-cdk-lib'
import { isEmpty, isGiven } from './conditions.ts'
import { TASK_COUNTS, type Parameters } from './parameters.ts'

/** The sizes that AWS Fargate knows, of those that the parameters offer (Amazon ECS Developer Guide, "Task CPU and memory"). */
const MEMORY_BY_CPU: ReadonlyArray<[cpu: number, memoryMiB: number[]]> = [
  [256, [512, 1024, 2048]], [512, [1024, 2048, 4096]], [1024, [2048, 4096, 8192]], [2048, [4096, 8192]], [4096, [8192]]
]

/** What belongs together; CloudFormation refuses anything else before it makes a thing. */
export function createRules (stack: Stack, parameters: Parameters): void {
  const rule = (name: string, when: ICfnRuleConditionExpression, assert: ICfnRuleConditionExpression, assertDescription: string) => new CfnRule(stack, name, {
    ruleCondition: when, assertions: [{ assert, assertDescription }]
  })
  const scoresWith = (name: string) => Fn.conditionEquals(parameters.scorer, name)

  rule('ExistingVpcHasSubnets', isGiven(parameters.vpcId), Fn.conditionAnd(isGiven(parameters.privateSubnetIds), isGiven(parameters.loadBalancerSubnetIds)),
    'With VpcId, PrivateSubnetIds and LoadBalancerSubnetIds must name subnets in it.')
  rule('NewVpcHasNoSubnets', isEmpty(parameters.vpcId), Fn.conditionAnd(isEmpty(parameters.privateSubnetIds), isEmpty(parameters.loadBalancerSubnetIds)),
    'PrivateSubnetIds and LoadBalancerSubnetIds need the VpcId that they are in.')
  rule('SageMakerHasEndpoint', scoresWith('sagemaker'), Fn.conditionAnd(isGiven(parameters.sageMakerEndpoint), isGiven(parameters.sageMakerFeatures)),
    'With Scorer sagemaker, SageMakerEndpoint and SageMakerFeatures must be given.')
  for (const [cpu, memoriesMiB] of MEMORY_BY_CPU) {
    rule(`TaskSize${cpu}`, Fn.conditionEquals(parameters.cpu, String(cpu)), Fn.conditionContains(memoriesMiB.map(String), Token.asString(parameters.memoryMiB)),
      `With TaskCpu ${cpu}, TaskMemory must be ${memoriesMiB.join(' or ')}.`)
  }
  for (const least of TASK_COUNTS.slice(1)) {
    rule(`Tasks${least}`, Fn.conditionEquals(Token.asString(parameters.minTasks), String(least)), Fn.conditionContains(TASK_COUNTS.filter((most) => most >= least).map(String), Token.asString(parameters.maxTasks)),
      `With MinTasks ${least}, MaxTasks must be ${least} or more.`)
  }
}
