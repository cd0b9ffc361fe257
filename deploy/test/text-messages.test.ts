import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { ANSWER_ATTRIBUTES, CONTACT_ATTRIBUTES } from '../../src/domain/contact-attribute-names.ts'
import { checkFlow } from '../../src/flow-language/flow-checker.ts'
import { fillFlow } from '../../src/flow-language/flow-document.ts'
import { contactTemplate, idOf, INSTANCE_ARN, SMS_NUMBER_ARN } from './contact-stack.ts'
import { deployed, type TemplateJson } from './deployment.ts'

const template = contactTemplate()
const shippedBot = JSON.parse(readFileSync(new URL('../../contact-flow/lex-bot/template.json', import.meta.url), 'utf8')) as TemplateJson
const BRIDGE_ARN = 'arn:aws:lambda:us-east-1:123456789012:function:ringfence-bridge'
const ALIAS_ARN = 'arn:aws:lex:us-east-1:123456789012:bot-alias/ABCDEFGHIJ/KLMNOPQRST'
const FLOW = 'AWS::Connect::ContactFlow'
const returned = {
  [`${idOf(template, 'Bridge', 'AWS::Lambda::Function')}.Arn`]: BRIDGE_ARN,
  [`${idOf(template, 'TextMessages', 'AWS::Lex::BotAlias')}.Arn`]: ALIAS_ARN,
  [`${idOf(template, 'TextMessages', FLOW)}.ContactFlowArn`]: `${INSTANCE_ARN}/contact-flow/b7a3c0d8-6d7a-4f5e-8a55-0f6f2f7b1e10`
}
const GIVEN = { ConnectInstanceArn: INSTANCE_ARN, SourcePhoneNumber: '+4930555000', SmsNumberArn: SMS_NUMBER_ARN }
const { resources, only, all, outputs } = deployed(template, GIVEN, returned)

test('without a number that sends text messages, nothing of them is made', () => {
  const without = deployed(template, { ...GIVEN, SmsNumberArn: '' }, returned)
  assert.deepEqual(Object.keys(without.resources).filter((id) => id.startsWith('TextMessages')), [])
  assert.equal(without.all('AWS::Lex::Bot').length, 0)
  assert.equal(without.outputs['flowId'], undefined)
  assert.equal(Object.keys(template.Resources).filter((id) => id.startsWith('TextMessages')).length, 7, 'which is role, bot, two versions, alias, association and flow')
})

test('the bot is the shipped one, under the name of the stack', () => {
  const shipped = deployed(shippedBot, { BotName: 'ringfence-replies' })
  const { RoleArn, ...bot } = only('AWS::Lex::Bot').Properties
  const { RoleArn: shippedRole, ...expected } = shipped.only('AWS::Lex::Bot').Properties
  assert.deepEqual(bot, expected)
  assert.match(RoleArn, /^<TextMessages.*Role.*\.Arn>$/)
  assert.ok(shippedRole)
  const locales = (one: typeof shipped) => one.only('AWS::Lex::BotAlias').Properties['BotAliasLocaleSettings']
  assert.deepEqual(locales({ ...shipped, only }), locales(shipped))
})

test('another bot gets another version, and so does a bot without digits', () => {
  const digest = createHash('sha256').update(JSON.stringify(shippedBot.Resources['Bot'])).digest('hex').slice(0, 8)
  const versionOf = (given: object) => {
    const made = deployed(template, { ...GIVEN, ...given }, returned)
    assert.equal(made.all('AWS::Lex::BotVersion').length, 1)
    assert.equal(made.only('AWS::Lex::BotVersion').Properties['BotId'], `<${idOf(template, 'TextMessages', 'AWS::Lex::Bot')}>`)
    assert.equal(made.only('AWS::Lex::BotVersion').Properties['BotVersionLocaleSpecification'].length, 3)
    const utterances = JSON.stringify(made.only('AWS::Lex::Bot').Properties)
    return { alias: made.only('AWS::Lex::BotAlias').Properties['BotVersion'], hasDigits: utterances.includes('{"Utterance":"1"}') }
  }
  assert.deepEqual(versionOf({}), { alias: `<TextMessagesBotVersion${digest}.BotVersion>`, hasDigits: true })
  assert.deepEqual(versionOf({ LexDigitUtterances: 'no' }), { alias: `<TextMessagesBotVersion${digest}WithoutDigits.BotVersion>`, hasDigits: false })
})

test('the published text flow is the shipped one with bridge and bot in it, and has nothing to be fixed', () => {
  const { Name, Type, State, Content } = resources[idOf(template, 'TextMessages', FLOW)]?.Properties ?? {}
  assert.deepEqual({ Name, Type, State }, { Name: 'ringfence-card-fraud-sms', Type: 'CONTACT_FLOW', State: 'ACTIVE' })
  const shipped = readFileSync(new URL('../../contact-flow/card-fraud-sms.json', import.meta.url), 'utf8')
  assert.deepEqual(JSON.parse(Content), fillFlow(shipped, { BridgeLambdaArn: BRIDGE_ARN, LexBotAliasArn: ALIAS_ARN }))
  const { channel, problems } = checkFlow(JSON.parse(Content), { isFinal: true, attributes: { sent: CONTACT_ATTRIBUTES, readLater: ANSWER_ATTRIBUTES } })
  assert.equal(channel, 'sms')
  // That the function stands in it by name is what the stack is for.
  assert.deepEqual(problems.filter(({ rule }) => rule !== 'lambda-arn-fixed'), [])
})

test('the flow is published only when the instance may use the bot and invoke the bridge', () => {
  const bot = idOf(template, 'TextMessages', 'AWS::Connect::IntegrationAssociation')
  assert.deepEqual(resources[bot]?.Properties, { InstanceId: INSTANCE_ARN, IntegrationType: 'LEX_BOT', IntegrationArn: ALIAS_ARN })
  assert.deepEqual(template.Resources[idOf(template, 'TextMessages', FLOW)]?.DependsOn, [idOf(template, 'ContactCenter', 'AWS::Connect::IntegrationAssociation'), bot])
})

test('the service is told the flow and the number', () => {
  assert.equal(outputs['flowId'], 'b7a3c0d8-6d7a-4f5e-8a55-0f6f2f7b1e10')
  assert.equal(outputs['numberArn'], SMS_NUMBER_ARN)
  assert.equal(all(FLOW).length, 2)
})
