import { Type } from '@sinclair/typebox'
import { type Account, type RuleDetail, ruleKey, type RuleName } from './account.ts'
import { compileRule, type CompiledRule } from './detector-pl.ts'
import { ExpressionFault } from './detector-pl-syntax.ts'
import { firstOf } from './names.ts'
import { pageThrough } from './page.ts'
import { conflict, resourceNotFound, validation } from './refusal.ts'
import { Description, Identifier, Names, oneOf, operation, type Operations, pageOf, WholeVersion } from './request-shape.ts'
import { ruleTypeOf } from './rule-run.ts'

/** The name of one version of a rule. */
export const RuleShape = Type.Object({ detectorId: Identifier, ruleId: Identifier, ruleVersion: WholeVersion })
const RuleBody = { description: Description, expression: Type.String({ minLength: 1, maxLength: 4096 }), language: oneOf(['DETECTORPL']), outcomes: Names }

/** CreateRule, GetRules, UpdateRuleVersion, UpdateRuleMetadata, DeleteRule. */
export function createRuleOperations (account: Account): Operations {
  const { rules, limits } = account
  const versionsOf = (detectorId: string, ruleId?: string) => [...rules.values()].filter(rule => rule.detectorId === detectorId && (ruleId === undefined || rule.ruleId === ruleId))

  function demandDetector (detectorId: string, refusal: typeof validation) {
    const detector = account.detectors.get(detectorId)
    if (detector === undefined) throw refusal(`Detector ${detectorId} does not exist.`)
    return detector
  }

  function demandRule (name: RuleName): RuleDetail {
    const rule = rules.get(ruleKey(name))
    if (rule === undefined) throw resourceNotFound(`Rule ${name.ruleId} version ${name.ruleVersion} does not exist.`)
    return rule
  }

  function keep (name: RuleName, { description, expression, outcomes }: { description?: string, expression: string, outcomes: readonly string[] }) {
    for (const outcome of outcomes) {
      if (!account.outcomes.has(outcome)) throw validation(`Outcome ${outcome} does not exist.`)
    }
    const { eventTypeName } = demandDetector(name.detectorId, validation)
    const compiled = compile(expression, variable => ruleTypeOf(account, eventTypeName, variable))
    rules.set(ruleKey(name), {
      ...name, ...description === undefined ? {} : { description }, expression, language: 'DETECTORPL', outcomes, compiled, ...account.stamp(`rule/${ruleKey(name)}`)
    })
    return { rule: name }
  }

  return {
    CreateRule: operation(Type.Object({ ruleId: Identifier, detectorId: Identifier, ...RuleBody }), ({ ruleId, detectorId, ...body }) => {
      demandDetector(detectorId, validation)
      if (versionsOf(detectorId, ruleId).length > 0) throw validation(`Rule ${ruleId} already exists.`)
      if (rules.size >= limits.things) throw validation(`The quota of ${limits.things} rules is used up.`)
      return keep({ detectorId, ruleId, ruleVersion: '1' }, body)
    }),
    UpdateRuleVersion: operation(Type.Object({ rule: RuleShape, ...RuleBody }), ({ rule, ...body }) => {
      demandRule(rule)
      const newest = Math.max(...versionsOf(rule.detectorId, rule.ruleId).map(({ ruleVersion }) => Number(ruleVersion)))
      return keep({ ...rule, ruleVersion: String(newest + 1) }, body)
    }),
    UpdateRuleMetadata: operation(Type.Object({ rule: RuleShape, description: Type.String({ minLength: 1, maxLength: 128 }) }), ({ rule, description }) => {
      rules.set(ruleKey(rule), { ...demandRule(rule), description, lastUpdatedTime: account.now() })
    }),
    GetRules: operation(Type.Object({ detectorId: Identifier, ruleId: Type.Optional(Identifier), ruleVersion: Type.Optional(WholeVersion), ...pageOf(50, 100) }), request => {
      demandDetector(request.detectorId, resourceNotFound)
      const found = versionsOf(request.detectorId, request.ruleId).filter(({ ruleVersion }) => request.ruleVersion === undefined || ruleVersion === request.ruleVersion)
      if (found.length === 0 && request.ruleId !== undefined) throw resourceNotFound(`Rule ${request.ruleId} does not exist.`)
      const { items, nextToken } = pageThrough(found, request, 100)
      return { ruleDetails: items.map(({ compiled, ...rule }) => rule), nextToken }
    }),
    DeleteRule: operation(Type.Object({ rule: RuleShape }), ({ rule }) => {
      const user = firstOf(account.detectorVersions.values(), version => version.status !== 'DRAFT' && version.rules.some(used => ruleKey(used) === ruleKey(rule)),
        version => `version ${version.detectorVersionId} of detector ${version.detectorId}`)
      if (user !== undefined) throw conflict(`Rule ${rule.ruleId} version ${rule.ruleVersion} is used by ${user}.`)
      rules.delete(ruleKey(rule))
    })
  }
}

function compile (expression: string, typeOf: Parameters<typeof compileRule>[1]): CompiledRule {
  try {
    return compileRule(expression, typeOf)
  } catch (error) {
    if (error instanceof ExpressionFault) throw validation(`The rule expression is not valid: ${error.message}.`)
    throw error
  }
}
