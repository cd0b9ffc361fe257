import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { Aws, CfnResource, Fn, type CfnCondition } from 'aws-cdk-lib'
import { CfnContactFlow, CfnIntegrationAssociation } from 'aws-cdk-lib/aws-connect'
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include'
import { Construct } from 'constructs'
import { acknowledge } from './acknowledge.ts'
import { condition, either, isGiven } from './conditions.ts'
import { EMPTY_IS_NOT_CHOSEN, contactFlowId } from './contact-center.ts'
import { flowContent, readContactFlowFile } from './contact-flow.ts'
import type { Parameters } from './parameters.ts'

const BOT_TEMPLATE = 'lex-bot/template.json'

/** What text messages are sent through. */
export interface TextMessagesProps {
  parameters: Pick<Parameters, 'smsNumberArn' | 'lexDigitUtterances'>
  instanceArn: string
  bridgeFunctionArn: string
  /** By it the instance may invoke the bridge. */
  bridgeAssociation: CfnIntegrationAssociation
}

/** The bot that reads replies and the flow that asks by text, made only when there is a number that sends text messages. */
export class TextMessages extends Construct {
  /** Whether text messages are sent. */
  readonly condition: CfnCondition
  /** The last part of the flow's ARN; only under the condition. */
  readonly flowId: string
  readonly numberArn: string

  constructor (scope: Construct, id: string, { parameters, instanceArn, bridgeFunctionArn, bridgeAssociation }: TextMessagesProps) {
    super(scope, id)
    this.numberArn = parameters.smsNumberArn
    this.condition = condition(this, 'SendTextMessages', isGiven(parameters.smsNumberArn))

    const bot = new CfnInclude(this, 'Replies', {
      templateFile: fileURLToPath(new URL(`../../contact-flow/${BOT_TEMPLATE}`, import.meta.url)),
      preserveLogicalIds: false,
      parameters: { BotName: `${Aws.STACK_NAME}-replies`, DigitUtterances: parameters.lexDigitUtterances }
    })
    const { Resources: parts, Outputs: outputs } = JSON.parse(readContactFlowFile(BOT_TEMPLATE)) as { Resources: Record<string, { Properties: object }>, Outputs: object }
    for (const name of Object.keys(parts)) bot.getResource(name).cfnOptions.condition = this.condition
    // The alias goes to the flow, not to whoever deploys.
    for (const { node } of Object.keys(outputs).map((name) => bot.getOutput(name))) node.scope?.node.tryRemoveChild(node.id)
    this.renewVersion(bot, parts)
    const aliasArn = bot.getResource('BotAlias').getAtt('Arn').toString()

    // It also gives the instance leave to use the bot's alias (Amazon Connect Administrator Guide, "Add an Amazon Lex bot").
    const botAssociation = new CfnIntegrationAssociation(this, 'BotAssociation', { instanceId: instanceArn, integrationType: 'LEX_BOT', integrationArn: aliasArn })
    const flow = new CfnContactFlow(this, 'Flow', {
      instanceArn,
      name: `${Aws.STACK_NAME}-card-fraud-sms`,
      type: 'CONTACT_FLOW',
      state: 'ACTIVE',
      description: 'Ringfence asks the cardholder about a card payment, by text message',
      content: flowContent('card-fraud-sms.json', { BridgeLambdaArn: bridgeFunctionArn, LexBotAliasArn: aliasArn })
    })
    for (const resource of [botAssociation, flow]) resource.cfnOptions.condition = this.condition
    flow.addResourceDependency(bridgeAssociation)
    flow.addResourceDependency(botAssociation)
    this.flowId = contactFlowId(flow)
    acknowledge(this, 'CloudFormation-Validate::W1030', EMPTY_IS_NOT_CHOSEN)
  }

  /** A version is a copy of the bot that never changes. So that another bot gets another one, its resource is named by what the bot holds. */
  private renewVersion (bot: CfnInclude, parts: Record<string, { Properties: object }>): void {
    const digest = createHash('sha256').update(JSON.stringify(parts['Bot'])).digest('hex').slice(0, 8)
    const withDigits = bot.getCondition('WithDigits')
    withDigits.overrideLogicalId('UseDigitUtterances')
    const version = bot.getResource('BotVersion')
    version.overrideLogicalId(`TextMessagesBotVersion${digest}`)
    version.cfnOptions.condition = condition(this, 'SendTextMessagesWithDigits', Fn.conditionAnd(this.condition, withDigits))
    const withoutDigits = new CfnResource(this, 'BotVersionWithoutDigits', {
      type: version.cfnResourceType,
      properties: { ...parts['BotVersion']?.Properties, BotId: bot.getResource('Bot').ref }
    })
    withoutDigits.overrideLogicalId(`TextMessagesBotVersion${digest}WithoutDigits`)
    withoutDigits.cfnOptions.condition = condition(this, 'SendTextMessagesWithoutDigits', Fn.conditionAnd(this.condition, Fn.conditionNot(withDigits)))
    bot.getResource('BotAlias').addPropertyOverride('BotVersion', either(withDigits, version.getAtt('BotVersion'), withoutDigits.getAtt('BotVersion')))
  }
}
