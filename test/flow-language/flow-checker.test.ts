import t from 'tap'
import { checkFlow, type FlowExpectations } from '../../src/flow-language/flow-checker.ts'
import type { FlowAction } from '../../src/flow-language/flow-document.ts'

const ARN = '$' + '{BridgeLambdaArn}'
const OTHERWISE = 'NoMatchingCondition'

type Branches = Readonly<Record<string, string>>

function block (Identifier: string, Type: string, Parameters: Record<string, unknown>, NextAction: string, errors: Branches = { NoMatchingError: NextAction }, conditions: Branches = {}): FlowAction {
  return {
    Identifier,
    Type,
    Parameters,
    Transitions: {
      NextAction,
      Conditions: Object.entries(conditions).map(([operand, to]) => ({ NextAction: to, Condition: { Operator: 'Equals', Operands: [operand] } })),
      Errors: Object.entries(errors).map(([ErrorType, to]) => ({ NextAction: to, ErrorType }))
    }
  }
}

const say = (id: string, parameters: Record<string, unknown>, next = 'end') => block(id, 'MessageParticipant', parameters, next)
const end: FlowAction = { Identifier: 'end', Type: 'DisconnectParticipant', Parameters: {}, Transitions: {} }
const ask = (id: string, keys: Branches, otherwise: string) => block(id, 'GetParticipantInput', { Text: 'Well?', StoreInput: 'False', InputTimeLimitSeconds: '5' }, otherwise,
  { InputTimeLimitExceeded: otherwise, [OTHERWISE]: otherwise, NoMatchingError: otherwise }, keys)
const call = (id: string, next: string, failed: string, parameters: Record<string, unknown> = {}) => block(id, 'InvokeLambdaFunction', {
  LambdaFunctionARN: ARN, InvocationTimeLimitSeconds: '8', ResponseValidation: { ResponseType: 'STRING_MAP' }, ...parameters
}, next, { NoMatchingError: failed })
const compare = (id: string, reference: string, values: Branches, otherwise: string) => block(id, 'Compare', { ComparisonValue: reference }, otherwise, { [OTHERWISE]: otherwise }, values)
const loop = (id: string, again: string, done: string) => block(id, 'Loop', { LoopCount: '2' }, done, {}, { ContinueLooping: again, DoneLooping: done })
const lex = (id: string, intents: Branches, otherwise: string, parameters: Record<string, unknown> = { Text: 'Well?' }) => block(id, 'ConnectParticipantWithLexBot', { ...parameters, LexV2Bot: { AliasArn: 'arn:bot' } }, otherwise,
  { [OTHERWISE]: otherwise, NoMatchingError: otherwise }, intents)

const tells = (LambdaInvocationAttributes: Record<string, unknown>) => ({ LambdaInvocationAttributes })
const store = (id: string, Attributes: Record<string, unknown>, next = 'end') => block(id, 'UpdateContactAttributes', { Attributes }, next)
const send = (SourceEndpoint: object, DestinationEndpoint: object) => block('m', 'StartOutboundChatContact', { SourceEndpoint, DestinationEndpoint, ContactFlowArn: 'arn:f', ContactSubtype: 'connect:SMS' }, 'end')
const twice = (action: FlowAction): FlowAction => ({ ...action, Transitions: { ...action.Transitions, Conditions: [...action.Transitions.Conditions ?? [], ...action.Transitions.Conditions ?? []] } })

/** `severity rule block` of all that is found, placeholders left out. */
function found (actions: readonly FlowAction[], expected: FlowExpectations = {}): string[] {
  const { problems } = checkFlow({ Version: '2019-10-30', StartAction: actions[0]?.Identifier, Actions: [...actions, end] }, expected)
  return problems.filter(({ rule }) => rule !== 'placeholder').map(({ severity, rule, block }) => `${severity} ${rule} ${block}`)
}

// A flow, and all that is found in it; each fault stands beside the flow that does it right.
const SMS = { channel: 'sms' } as const
const VOICE = { channel: 'voice' } as const
const LISTENED = { attributes: { readLater: ['Answer', 'Mood'] } }
const flows: Array<{ name: string, actions: FlowAction[], expected?: FlowExpectations, finds: string[] }> = [
  { name: 'a prompt and an end', actions: [say('hello', { Text: 'Tom & Jerry < 3' })], finds: [] },

  { name: 'a loop without a way out', actions: [say('a', { Text: 'x' }, 'b'), say('b', { Text: 'x' }, 'a')], finds: ['error unreachable end', 'error loop-endless a'].reverse() },
  { name: 'a question that is repeated for ever', actions: [ask('a', { 1: 'end' }, 'a')], finds: ['warning loop-unbounded a'] },
  { name: 'a question that a Loop block counts', actions: [loop('l', 'a', 'end'), ask('a', { 1: 'end' }, 'l')], finds: [] },
  { name: 'a flow that ends without hanging up', actions: [ask('a', { 1: 'end' }, 'stop'), { ...end, Identifier: 'stop', Type: 'EndFlowExecution' }], finds: ['error end-without-disconnect stop'] },
  { name: 'a contact that is handed over', actions: [block('t', 'TransferToFlow', { ContactFlowId: 'f' }, 'end')], finds: ['note end-without-disconnect t'] },

  { name: 'functions that together may be silent for 24 s', actions: [call('a', 'b', 'b'), call('b', 'c', 'c'), call('c', 'end', 'end')], finds: ['warning lambda-chain c'] },
  { name: 'functions with a prompt between them', actions: [call('a', 'b', 'b'), call('b', 'x', 'x'), say('x', { Text: 'wait' }, 'c'), call('c', 'end', 'end')], finds: [] },

  { name: 'a claim that the reply does not carry', actions: [call('a', 'good', 'bad'), say('good', { Text: 'blocked' }), say('bad', { Text: 'sorry' })], finds: ['warning reply-unchecked a'] },
  { name: 'a claim after another comparison', actions: [call('a', 'c', 'bad'), compare('c', '$.Attributes.X', { 1: 'good' }, 'bad'), say('good', { Text: 'blocked' }), say('bad', { Text: 'sorry' })], finds: ['warning reply-unchecked a'] },
  { name: 'a claim after the reply was compared', actions: [call('a', 'c', 'bad'), compare('c', '$.External.result', { blocked: 'good' }, 'bad'), say('good', { Text: 'blocked' }), say('bad', { Text: 'sorry' })], finds: [] },
  { name: 'the same sentence whether or not it went well', actions: [call('a', 'bye', 'bye'), say('bye', { Text: 'bye' })], finds: [] },

  { name: 'silence that calls what a key calls', actions: [ask('q', { 2: 'a' }, 'x'), say('x', { Text: 'to be safe' }, 'a'), call('a', 'end', 'end')], finds: ['warning silence-answers q'] },
  { name: 'silence that calls the same function from another block', actions: [ask('q', { 2: 'a' }, 'b'), call('a', 'end', 'end', tells({ answer: 'fraud', by: 'x' })), call('b', 'end', 'end', tells({ by: 'x', answer: 'fraud' }))], finds: ['warning silence-answers q'] },
  { name: 'silence that calls the same function without a word, as a key does', actions: [ask('q', { 2: 'a' }, 'b'), call('a', 'end', 'end'), call('b', 'end', 'end', tells({}))], finds: ['warning silence-answers q'] },
  { name: 'silence that tells the function another thing', actions: [ask('q', { 2: 'a' }, 'b'), call('a', 'end', 'end', tells({ answer: 'fraud' })), call('b', 'end', 'end', tells({ answer: 'none' }))], finds: [] },
  { name: 'silence that calls another function', actions: [ask('q', { 2: 'a' }, 'b'), call('a', 'end', 'end', { LambdaFunctionARN: '$.Attributes.Block' }), call('b', 'end', 'end', { LambdaFunctionARN: '$.Attributes.Tell' })], finds: [] },
  { name: 'silence that stores what a key stores', actions: [ask('q', { 2: 'a' }, 'b'), store('a', { Answer: 'fraud' }), store('b', { Answer: 'fraud' })], expected: LISTENED, finds: ['warning silence-answers q'] },
  { name: 'silence that stores another answer and the same mood', actions: [ask('q', { 2: 'a' }, 'b'), store('a', { Answer: 'fraud', Mood: 'x' }), store('b', { Answer: 'none', Mood: 'x' })], expected: LISTENED, finds: [] },
  { name: 'a key that asks again, as silence does', actions: [loop('l', 'q', 'b'), ask('q', { 1: 'a', 3: 'l' }, 'l'), call('a', 'end', 'end', tells({ answer: '1' })), call('b', 'end', 'end')], finds: [] },

  { name: 'a reply that is read where none can be', actions: [say('x', { Text: '$.External.a' }, 'a'), call('a', 'end', 'end')], finds: ['error external-unset x'] },
  { name: 'a reply that is read after a failure too', actions: [call('a', 'c', 'c'), compare('c', '$.External.result', {}, 'end')], finds: ['warning external-unset c'] },
  { name: 'stored input that nobody stored', actions: [ask('q', { 1: 'x' }, 'end'), say('x', { Text: '$.StoredCustomerInput' })], finds: ['error stored-input-unset x'] },
  { name: 'a slot of a bot that nobody asked', actions: [say('x', { Text: '$.Lex.Slots.a' })], finds: ['error lex-unset x'] },
  { name: 'a slot after the bot was asked', actions: [lex('q', { Yes: 'x' }, 'end'), say('x', { Text: '$.Lex.Slots.a' })], finds: [] },

  { name: 'an attribute that nobody sends', actions: [say('x', { Text: '$.Attributes.Nmae $.Attributes.Nmae' })], expected: { attributes: { sent: ['Name'] } }, finds: ['warning attribute-unsent x'] },
  { name: 'an attribute that a block has set', actions: [block('s', 'UpdateContactAttributes', { Attributes: { Mood: 'good' } }, 'x'), say('x', { Text: '$.Attributes.Mood' })], expected: { attributes: { sent: [] } }, finds: [] },
  { name: 'attributes of which nothing is known', actions: [say('x', { Text: '$.Attributes.Nmae' })], finds: [] },
  { name: 'an attribute that is set for nobody', actions: [block('s', 'UpdateContactAttributes', { Attributes: { Mood: 'good', Answer: 'yes' } }, 'end')], expected: { attributes: { readLater: ['Answer'] } }, finds: ['note attribute-unread s'] },
  { name: 'a dollar in the name of an attribute', actions: [block('s', 'UpdateContactAttributes', { Attributes: { 'a.b': '1' } }, 'end')], expected: { attributes: { readLater: ['a.b'] } }, finds: ['error attribute-name s'] },

  { name: 'SSML with a bare ampersand', actions: [say('x', { SSML: '<speak>Tom & Jerry</speak>' })], finds: ['error ssml-malformed x'] },
  { name: 'SSML with a bare less-than', actions: [say('x', { SSML: '<speak>1 < 2</speak>' })], finds: ['error ssml-malformed x'] },
  { name: 'SSML with values to come', actions: [say('x', { SSML: '<speak>Tom &amp; <sub alias="$.Attributes.Name">J</sub>, ' + ARN + '</speak>' })], finds: [] },
  { name: 'SSML that is not closed', actions: [say('x', { SSML: '<speak><p>Hello</speak>' })], finds: ['error ssml-malformed x'] },
  { name: 'SSML that comes as a whole', actions: [say('x', { SSML: '$.Attributes.Speech' })], finds: [] },
  { name: 'a tag that is ignored', actions: [say('x', { SSML: '<speak><blink>Hello</blink></speak>' })], finds: ['warning ssml-tag x'] },
  { name: 'an amount as currency', actions: [say('x', { SSML: '<speak><say-as interpret-as="currency">1</say-as></speak>' })], finds: ['warning ssml-say-as x'] },
  { name: 'a long break', actions: [say('x', { SSML: '<speak><break time="10001ms"/>a<break time="10s"/></speak>' })], finds: ['warning ssml-break x'] },
  { name: 'markup in Text', actions: [say('x', { Text: '<speak>Hello</speak>' })], finds: ['warning markup-in-text x'] },
  { name: '3,001 characters', actions: [say('x', { Text: 'a'.repeat(3001) })], finds: ['error prompt-length x'] },
  { name: '3,000 characters', actions: [say('x', { Text: 'a'.repeat(3000) })], finds: [] },
  { name: '6,001 characters with tags', actions: [say('x', { SSML: `<speak>${'<p>a</p>'.repeat(749)}ab</speak>` })], finds: ['error prompt-length x'] },

  { name: 'a wait in a call', actions: [block('w', 'Wait', { TimeoutSeconds: '5' }, 'end', { NoMatchingError: 'end' }, { WaitCompleted: 'end' })], expected: VOICE, finds: ['error channel-block w'] },
  { name: 'a wait in a text', actions: [block('w', 'Wait', { TimeoutSeconds: '5' }, 'end', { NoMatchingError: 'end' }, { WaitCompleted: 'end' })], finds: [] },
  { name: 'keys in a text', actions: [ask('q', { 1: 'end' }, 'end')], expected: SMS, finds: ['error channel-block q'] },
  { name: 'SSML in a text', actions: [say('x', { SSML: '<speak>Hello</speak>' })], expected: SMS, finds: ['error channel-prompt x'] },
  { name: 'a recording in a text', actions: [say('x', { PromptId: 'p' }, 'y'), say('y', { Media: { Uri: 'u', SourceType: 'S3', MediaType: 'Audio' } })], expected: SMS, finds: ['error channel-prompt x', 'error channel-prompt y'] },
  { name: 'tags in a text', actions: [say('x', { Text: '<speak>Hello</speak>' })], expected: SMS, finds: ['error channel-prompt x', 'warning markup-in-text x'] },
  { name: 'SSML for a bot, which is guessed to speak', actions: [lex('q', { Yes: 'end' }, 'end', { SSML: '<speak>Well?</speak>' })], finds: [] },
  { name: 'SSML beside a bot, which is guessed to speak', actions: [say('x', { SSML: '<speak>Hello</speak>' }, 'q'), lex('q', { Yes: 'end' }, 'end', { Text: 'Well?', LexTimeoutSeconds: { Text: '60' } })], finds: [] },
  { name: 'a recording for a bot that waits for texts, which is guessed', actions: [lex('q', { Yes: 'end' }, 'end', { PromptId: 'p', LexTimeoutSeconds: { Text: '60' } })], finds: ['error channel-prompt q'] },
  { name: 'SSML for a bot of a text flow', actions: [lex('q', { Yes: 'end' }, 'end', { SSML: '<speak>Well?</speak>' })], expected: SMS, finds: ['error channel-prompt q'] },
  { name: 'a voice in a text', actions: [block('v', 'UpdateContactTextToSpeechVoice', { TextToSpeechVoice: 'Joanna' }, 'end')], expected: SMS, finds: ['note channel-block v'] },
  { name: 'a block of campaigns', actions: [block('c', 'CheckOutboundCallStatus', {}, 'end')], finds: ['warning campaign-only c'] },

  { name: 'a name where an ARN belongs', actions: [call('a', 'end', 'end', { LambdaFunctionARN: 'my-function' })], finds: ['warning lambda-arn a'] },
  { name: "somebody's function", actions: [call('a', 'end', 'end', { LambdaFunctionARN: 'arn:aws:lambda:eu-west-1:123456789012:function:f' })], finds: ['note lambda-arn-fixed a'] },

  { name: 'tones out of range', actions: [block('q', 'GetParticipantInput', { Text: 'x', StoreInput: 'True', InputTimeLimitSeconds: '5', InputValidation: { CustomValidation: { MaximumLength: '4' } }, DTMFConfiguration: { InterdigitTimeLimitSeconds: '21', InputTerminationSequence: '######' } }, 'end')], finds: ['error parameter-value q', 'error parameter-value q'] },
  { name: 'a bot that is none', actions: [block('q', 'ConnectParticipantWithLexBot', { Text: 'Well?' }, 'end', { [OTHERWISE]: 'end', NoMatchingError: 'end' })], finds: ['error parameter-one-of q'] },
  { name: 'two bots', actions: [lex('q', { Yes: 'end' }, 'end', { Text: 'Well?', LexBot: { Name: 'b' } })], finds: ['error parameter-one-of q'] },
  { name: 'a key that stands twice', actions: [block('q', 'GetParticipantInput', { Text: 'x', StoreInput: 'False', InputTimeLimitSeconds: '5' }, 'end', { InputTimeLimitExceeded: 'end', [OTHERWISE]: 'end', NoMatchingError: 'end' }, { 1: 'end' })].map(twice), finds: ['error condition-twice q'] },
  { name: 'one number from two sides', actions: [{ ...compare('c', '$.Channel', {}, 'end'), Transitions: { NextAction: 'end', Conditions: ['NumberGreaterThan', 'NumberLessThan'].map(Operator => ({ NextAction: 'end', Condition: { Operator, Operands: ['5'] } })), Errors: [{ NextAction: 'end', ErrorType: OTHERWISE }] } }], finds: [] },
  { name: 'a loop with a third way', actions: [block('l', 'Loop', { LoopCount: '2' }, 'end', {}, { ContinueLooping: 'end', DoneLooping: 'end', Other: 'end' })], finds: ['error condition l'] },
  { name: 'lists where objects belong', actions: [block('s', 'UpdateContactAttributes', { Attributes: ['x'] }, 'q'), block('q', 'GetParticipantInput', { Text: 'x', StoreInput: 'True', InputTimeLimitSeconds: '5', InputValidation: { CustomValidation: { MaximumLength: '4' } }, DTMFConfiguration: [] }, 'end')], finds: ['error parameter-value s', 'error parameter-value q'] },
  { name: 'an object where a list belongs', actions: [block('w', 'Wait', { TimeoutSeconds: '5', Events: {} }, 'end', { NoMatchingError: 'end' }, { WaitCompleted: 'end' })], finds: ['error parameter-value w'] },
  { name: 'numbers where texts belong', actions: [store('s', { Answer: 1 }, 'a'), call('a', 'end', 'end', tells({ one: 1, more: { two: [2, '2'] } }))], expected: LISTENED, finds: ['error parameter-value s', 'error parameter-value a', 'error parameter-value a'] },
  { name: 'nested texts for a function', actions: [call('a', 'end', 'end', tells({ more: { two: ['2'] } }))], finds: [] },
  { name: 'an object where an attribute takes a text', actions: [store('s', { Answer: { a: 'x' } })], expected: LISTENED, finds: ['error parameter-value s'] },
  { name: 'a prompt without a word', actions: [say('x', { Text: '' })], finds: ['error parameter-value x'] },
  { name: 'a message to nowhere', actions: [send({ Type: 'CONNECT_PHONENUMBER_ARN' }, { Address: '$.CustomerEndpoint.Address' })], finds: ['error parameter-missing m', 'error parameter-missing m'] },
  { name: 'a message', actions: [send({ Type: 'CONNECT_PHONENUMBER_ARN', Address: 'arn:n' }, { Type: 'TELEPHONE_NUMBER', Address: '$.CustomerEndpoint.Address' })], finds: [] },
  { name: 'blocks that are not checked, and what lies behind them', actions: [block('h', 'CheckHoursOfOperation', { Hours: 1 }, 'm', { NoMatchingError: 'm' }, { True: 'x' }), say('x', { Text: '' }), { ...block('m', 'InvokeFlowModule', {}, 'nowhere', { NoMatchingError: 'x' }), Transitions: { NextAction: 'nowhere' } }], finds: ['note type-unchecked h', 'error parameter-value x', 'note type-unchecked m', 'error branch-target m'] },
  { name: 'a block that there is not', actions: [block('h', 'CheckHoursOfOperations', {}, 'end')], finds: ['error type h'] },
  { name: 'a way out that is not checked', actions: [ask('q', { 1: 'q' }, 'c'), block('c', 'CreateCallbackContact', {}, 'q', {})], finds: ['warning loop-unbounded q', 'note type-unchecked c', 'error unreachable end'] },
  { name: 'two validations', actions: [block('q', 'GetParticipantInput', { Text: 'x', StoreInput: 'True', InputTimeLimitSeconds: '5', InputValidation: { CustomValidation: { MaximumLength: '4' }, PhoneNumberValidation: { NumberFormat: 'E164' } } }, 'end')], finds: ['error input-validation q'] },
  { name: 'two event hooks', actions: [block('h', 'UpdateContactEventHooks', { EventHooks: { CustomerRemaining: 'f', CustomerHold: 'f' } }, 'end')], finds: ['error parameter-one-of h'] },
  { name: 'an event that nothing waits for', actions: [block('w', 'Wait', { TimeoutSeconds: '5', Events: ['CustomerReturned'] }, 'end', { NoMatchingError: 'end' }, { WaitCompleted: 'end' })], finds: ['error condition-missing w'] }
]

for (const { name, actions, expected, finds } of flows) {
  t.test(`checkFlow: ${name}: ${finds.length === 0 ? 'nothing' : finds.join(', ')}`, async t => {
    t.strictSame(found(actions, expected), finds)
  })
}

t.test('checkFlow: a condition nested too deep, or with too many parts, is told', async t => {
  const nest = (depth: number): object => ({ Operator: 'And', Operands: depth === 1 ? ['x'] : [nest(depth - 1)] })
  const flow = (condition: object) => ({ Version: '2019-10-30', StartAction: 'c', Actions: [{ ...compare('c', '$.Channel', {}, 'end'), Transitions: { NextAction: 'end', Conditions: [{ NextAction: 'end', Condition: condition }], Errors: [{ NextAction: 'end', ErrorType: OTHERWISE }] } }, end] })
  const isTold = (condition: object) => checkFlow(flow(condition)).problems.some(({ rule }) => rule === 'condition-nesting')
  t.notOk(isTold(nest(5)))
  t.ok(isTold(nest(6)))
  t.notOk(isTold({ Operator: 'Or', Operands: Array.from({ length: 50 }, () => nest(1)) }))
  t.ok(isTold({ Operator: 'Or', Operands: Array.from({ length: 51 }, () => nest(1)) }))
})

t.test('checkFlow: placeholders are notes, once a block, and errors when the flow is to be final', async t => {
  const flow = { Version: '2019-10-30', StartAction: 'a', Actions: [call('a', 'end', 'end', { LambdaInvocationAttributes: { x: ARN } }), end] }
  t.strictSame(checkFlow(flow).problems, [{ rule: 'placeholder', severity: 'note', block: 'a', message: `${ARN} is still to be filled in` }])
  t.match(checkFlow(flow, { isFinal: true }).problems, [{ severity: 'error' }])
})

t.test('checkFlow: a name that is only spelt otherwise is proposed', async t => {
  const { problems } = checkFlow({ Version: '2019-10-30', StartAction: 'x', Actions: [say('x', { Text: '$.Attributes.cardno' }), end] }, { attributes: { sent: ['CardNo'] } })
  t.match(problems, [{ message: 'nobody sends $.Attributes.cardno, and no block sets it; is it CardNo?' }])
})

t.test('checkFlow survives anything that is no flow', async t => {
  for (const document of [null, 1, 'x', [], {}, { Actions: [1, {}] }, { StartAction: 'a', Actions: [{ Identifier: 'a', Type: 'Compare', Parameters: 1, Transitions: [2] }] }]) {
    t.ok(checkFlow(document).problems.length > 0)
  }
})
