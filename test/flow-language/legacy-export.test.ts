import t from 'tap'
import { checkFlow } from '../../src/flow-language/flow-checker.ts'
import { lintFlow } from '../../src/flow-language/flow-linter.ts'
import { convertLegacyExport, isLegacyExport } from '../../src/flow-language/legacy-export.ts'
import type { PhoneBehaviour } from '../../src/simulators/connect/phone.ts'
import { BRIDGE_ARN, FLOW_ID, startInstance } from '../simulators/connect/simulated-instance.ts'
import { ID, legacyFlow } from './legacy-flow.ts'

type Module = ReturnType<typeof legacyFlow>['modules'][number]

/** The fixture with one more module between the voice and the question. */
function withModule (module: Partial<Module>): ReturnType<typeof legacyFlow> {
  const flow = legacyFlow()
  const added = { id: 'added', type: '', branches: [{ condition: 'Success', transition: ID.ask }, { condition: 'Error', transition: ID.ask }], parameters: [], metadata: { position: { x: 1, y: 2 } }, ...module }
  const voice = flow.modules.find(({ id }) => id === ID.voice)
  if (voice !== undefined) voice.branches = [{ condition: 'Success', transition: 'added' }]
  return { ...flow, modules: [...flow.modules, added] }
}

function convertedModule (module: Partial<Module>): unknown {
  const flow = convertLegacyExport(withModule(module)) as { Actions: Array<{ Identifier: string }> }
  t.strictSame(lintFlow(flow), [])
  const found = flow.Actions.find(({ Identifier }) => Identifier === 'added')
  return found
}

t.test('a legacy export becomes a flow of the same blocks in the same order, under the same ids, where they stood', async t => {
  const flow = convertLegacyExport(legacyFlow()) as { StartAction: string, Metadata: { ActionMetadata: Record<string, unknown> }, Actions: Array<{ Identifier: string, Type: string }> }
  t.strictSame(lintFlow(flow), [])
  t.equal(flow.StartAction, ID.log)
  t.strictSame(flow.Actions.map(({ Identifier }) => Identifier), legacyFlow().modules.map(({ id }) => id))
  t.match(flow.Metadata, { entryPointPosition: { x: 15, y: 16 }, name: 'old-flow', type: 'contactFlow', status: 'published' })
  t.strictSame(flow.Metadata.ActionMetadata[ID.ask], { position: { x: 420, y: 190 }, conditionMetadata: [{ id: 'c1', value: '1' }, { id: 'c2', value: '2' }] })
  t.strictSame(flow.Actions.find(({ Identifier }) => Identifier === ID.ask), {
    Identifier: ID.ask,
    Type: 'GetParticipantInput',
    Parameters: { SSML: '<speak>Was it you? <say-as interpret-as="digits">$.Attributes.CardNo</say-as></speak>', StoreInput: 'False', InputTimeLimitSeconds: '5' },
    Transitions: {
      NextAction: ID.safe,
      Conditions: [
        { NextAction: ID.kept, Condition: { Operator: 'Equals', Operands: ['1'] } },
        { NextAction: ID.call, Condition: { Operator: 'Equals', Operands: ['2'] } }
      ],
      Errors: [
        { NextAction: ID.safe, ErrorType: 'InputTimeLimitExceeded' },
        { NextAction: ID.safe, ErrorType: 'NoMatchingCondition' },
        { NextAction: ID.safe, ErrorType: 'NoMatchingError' }
      ]
    }
  })
  t.strictSame(flow.Actions.find(({ Identifier }) => Identifier === ID.call), {
    Identifier: ID.call,
    Type: 'InvokeLambdaFunction',
    Parameters: {
      LambdaFunctionARN: 'arn:aws:lambda:eu-west-1:123456789012:function:lock-card',
      InvocationTimeLimitSeconds: '3',
      LambdaInvocationAttributes: { case: '$.Attributes.CaseId' },
      ResponseValidation: { ResponseType: 'STRING_MAP' }
    },
    Transitions: { NextAction: ID.blocked, Errors: [{ NextAction: ID.sorry, ErrorType: 'NoMatchingError' }] }
  })
})

// What is done at the phone, what the function does, what is heard after the question.
const ends: Array<{ name: string, phone: PhoneBehaviour, lambda?: 'fails', attributes?: Record<string, string>, calls: number, heard: string[] }> = [
  { name: 'key 1', phone: { behaviour: 'answer', keys: ['1'] }, calls: 0, heard: ['Nothing was changed.'] },
  { name: 'key 2', phone: { behaviour: 'answer', keys: ['2'] }, calls: 1, heard: ['Mrs Ada, the card is blocked now.'] },
  { name: 'silence', phone: { behaviour: 'silence' }, calls: 1, heard: ['No valid key came; better safe than sorry.', 'Mrs Ada, the card is blocked now.'] },
  { name: 'another key', phone: { behaviour: 'answer', keys: ['7'] }, calls: 1, heard: ['No valid key came; better safe than sorry.', 'Mrs Ada, the card is blocked now.'] },
  { name: 'a function that fails', phone: { behaviour: 'answer', keys: ['2'] }, lambda: 'fails', calls: 4, heard: ['That did not work.'] },
  { name: 'a question that cannot be spoken', phone: { behaviour: 'answer', keys: ['2'] }, attributes: { Name: 'Ada', CardNo: '<' }, calls: 1, heard: ['No valid key came; better safe than sorry.', 'Mrs Ada, the card is blocked now.'] }
]

for (const { name, phone, lambda, attributes, calls, heard } of ends) {
  t.test(`the converted flow runs to the end that it had before: ${name}`, async t => {
    const instance = await startInstance(t, {
      flows: { [FLOW_ID]: convertLegacyExport(legacyFlow(), { bridgeArn: BRIDGE_ARN }) },
      lambdas: { [BRIDGE_ARN]: async () => lambda === 'fails' ? await Promise.reject(new Error('no')) : { done: 'yes' } }
    })
    const contact = await instance.call(phone, { Attributes: attributes ?? { Name: 'Ada', CardNo: '8788', CaseId: 'case_7' } })
    const said = contact.transcript.filter(({ who }) => who === 'system').map(({ text }) => text)
    t.strictSame(said.filter((text) => !text.startsWith('Was it you?')), heard)
    t.equal(contact.lambdaInvocations.length, calls)
    t.match(contact, { disconnectReason: 'CONTACT_FLOW_DISCONNECT', flowError: null })
  })
}

const next = { NextAction: ID.ask, Errors: [{ NextAction: ID.ask, ErrorType: 'NoMatchingError' }] }
const modules: Array<{ name: string, module: Partial<Module>, Type: string, Parameters: object, Transitions?: object }> = [
  {
    name: 'SetAttributes',
    module: { type: 'SetAttributes', parameters: [{ name: 'Attribute', key: 'a', value: 'x', namespace: null }, { name: 'Attribute', key: 'b', value: 'two words', namespace: 'User Defined' }, { name: 'Attribute', key: 'c', value: 'Customer Number', namespace: 'System' }] },
    Type: 'UpdateContactAttributes',
    Parameters: { Attributes: { a: 'x', b: "$.Attributes.['two words']", c: '$.CustomerEndpoint.Address' }, TargetContact: 'Current' }
  },
  {
    name: 'CheckAttribute',
    module: {
      type: 'CheckAttribute',
      branches: [{ condition: 'Evaluate', conditionType: 'LessThanOrEqualTo', conditionValue: '3', transition: ID.kept }, { condition: 'Evaluate', conditionType: 'StartsWith', conditionValue: 'x', transition: ID.kept }, { condition: 'NoMatch', transition: ID.ask }],
      parameters: [{ name: 'Attribute', value: 'tries.left' }, { name: 'Namespace', value: 'External' }]
    },
    Type: 'Compare',
    Parameters: { ComparisonValue: '$.External.tries.left' },
    Transitions: {
      NextAction: ID.ask,
      Conditions: [{ NextAction: ID.kept, Condition: { Operator: 'NumberLessOrEqualTo', Operands: ['3'] } }, { NextAction: ID.kept, Condition: { Operator: 'TextStartsWith', Operands: ['x'] } }],
      Errors: [{ NextAction: ID.ask, ErrorType: 'NoMatchingCondition' }]
    }
  },
  {
    name: 'Loop',
    module: { type: 'Loop', branches: [{ condition: 'Looping', transition: ID.ask }, { condition: 'Complete', transition: ID.end }], parameters: [{ name: 'LoopCount', value: 'rounds', namespace: 'User Defined' }] },
    Type: 'Loop',
    Parameters: { LoopCount: '$.Attributes.rounds' },
    Transitions: {
      NextAction: ID.end,
      Conditions: [{ NextAction: ID.ask, Condition: { Operator: 'Equals', Operands: ['ContinueLooping'] } }, { NextAction: ID.end, Condition: { Operator: 'Equals', Operands: ['DoneLooping'] } }]
    }
  },
  {
    name: 'StoreUserInput of digits',
    module: {
      type: 'StoreUserInput',
      parameters: [
        { name: 'Text', value: 'prompt', namespace: 'External' }, { name: 'TextToSpeechType', value: 'text' }, { name: 'CustomerInputType', value: 'Custom' }, { name: 'Timeout', value: '6' },
        { name: 'MaxDigits', value: '8' }, { name: 'EncryptEntry', value: 'False' }, { name: 'TerminatorDigits', value: '0' }, { name: 'DisableCancel', value: 'True' }
      ]
    },
    Type: 'GetParticipantInput',
    Parameters: {
      Text: '$.External.prompt',
      StoreInput: 'True',
      InputTimeLimitSeconds: '6',
      InputValidation: { CustomValidation: { MaximumLength: '8' } },
      DTMFConfiguration: { InputTerminationSequence: '0', DisableCancelKey: 'True' }
    }
  },
  {
    name: 'StoreUserInput of a phone number',
    module: {
      type: 'StoreUserInput',
      branches: [{ condition: 'Success', transition: ID.ask }, { condition: 'InvalidNumber', transition: ID.kept }, { condition: 'Error', transition: ID.ask }],
      parameters: [{ name: 'Text', value: 'Your number?' }, { name: 'CustomerInputType', value: 'PhoneNumber' }, { name: 'Timeout', value: '6' }, { name: 'PhoneNumberFormat', value: 'Local' }, { name: 'CountryCode', value: 'US' }]
    },
    Type: 'GetParticipantInput',
    Parameters: { Text: 'Your number?', StoreInput: 'True', InputTimeLimitSeconds: '6', InputValidation: { PhoneNumberValidation: { NumberFormat: 'Local', CountryCode: 'US' } } },
    Transitions: { NextAction: ID.ask, Errors: [{ NextAction: ID.kept, ErrorType: 'InvalidPhoneNumber' }, { NextAction: ID.ask, ErrorType: 'NoMatchingError' }] }
  },
  { name: 'SetQueue', module: { type: 'SetQueue', parameters: [{ name: 'Queue', value: 'arn:q' }] }, Type: 'UpdateContactTargetQueue', Parameters: { QueueId: 'arn:q' } },
  {
    name: 'Transfer to a queue',
    module: { type: 'Transfer', target: 'Queue', branches: [{ condition: 'AtCapacity', transition: ID.kept }, { condition: 'Error', transition: ID.ask }] },
    Type: 'TransferContactToQueue',
    Parameters: {},
    Transitions: { NextAction: ID.ask, Errors: [{ NextAction: ID.kept, ErrorType: 'QueueAtCapacity' }, { NextAction: ID.ask, ErrorType: 'NoMatchingError' }] }
  },
  {
    name: 'Transfer to a flow',
    module: { type: 'Transfer', target: 'Flow', branches: [{ condition: 'Error', transition: ID.ask }], parameters: [{ name: 'ContactFlowId', value: 'arn:f' }] },
    Type: 'TransferToFlow',
    Parameters: { ContactFlowId: 'arn:f' }
  },
  {
    name: 'SetRecordingBehavior',
    module: { type: 'SetRecordingBehavior', branches: [{ condition: 'Success', transition: ID.ask }], parameters: [{ name: 'RecordingBehaviorOption', value: 'Enable' }, { name: 'RecordingParticipantOption', value: 'Both' }] },
    Type: 'UpdateContactRecordingBehavior',
    Parameters: { RecordingBehavior: { RecordedParticipants: ['Agent', 'Customer'] } },
    Transitions: { NextAction: ID.ask }
  },
  {
    name: 'SetEventHook',
    module: { type: 'SetEventHook', target: 'Flow', parameters: [{ name: 'Type', value: 'CustomerRemaining' }, { name: 'ContactFlowId', value: 'arn:f' }] },
    Type: 'UpdateContactEventHooks',
    Parameters: { EventHooks: { CustomerRemaining: 'arn:f' } }
  }
]

for (const { name, module, Type, Parameters, Transitions = next } of modules) {
  t.test(`a module is converted: ${name}`, async t => {
    t.strictSame(convertedModule(module), { Identifier: 'added', Type, Parameters, Transitions })
  })
}

t.test('the names of queues, functions and flows are kept, by which an import in another instance finds them', async t => {
  const drawn = (module: Partial<Module>, context = {}) => {
    const flow = convertLegacyExport(withModule(module), context) as { Metadata: { ActionMetadata: Record<string, { parameters?: object }> } }
    return flow.Metadata.ActionMetadata['added']?.parameters
  }
  const named = (name: string, resourceName?: string) => [{ name, value: 'arn:x', ...resourceName === undefined ? {} : { resourceName } }]
  t.strictSame(drawn({ type: 'SetQueue', parameters: named('Queue', 'Fraud desk') }), { QueueId: { displayName: 'Fraud desk' } })
  t.strictSame(drawn({ type: 'Transfer', target: 'Flow', branches: [{ condition: 'Error', transition: ID.ask }], parameters: named('ContactFlowId', 'goodbye') }), { ContactFlowId: { displayName: 'goodbye' } })
  const lambda = { type: 'InvokeExternalResource', target: 'Lambda', parameters: [...named('FunctionArn', 'lock-card'), { name: 'TimeLimit', value: '3' }] }
  t.equal(drawn(lambda, { bridgeArn: BRIDGE_ARN }), undefined, 'another function stands in its place')
  t.strictSame(drawn(lambda), { LambdaFunctionARN: { displayName: 'lock-card' } })
  t.equal(drawn({ type: 'SetQueue', parameters: named('Queue') }), undefined)
})

const faults: Array<{ name: string, module: Partial<Module>, message: RegExp }> = [
  { name: 'an unknown module', module: { type: 'CreateCallback' }, message: /module added of type CreateCallback: this kind of module cannot be converted\nModules that can: SetLoggingBehavior/ },
  { name: 'an unknown target', module: { type: 'Transfer', target: 'PhoneNumber' }, message: /module added of type Transfer PhoneNumber: this kind/ },
  { name: 'the name of a method', module: { type: 'toString' }, message: /module added of type toString: this kind/ },
  { name: 'an unknown parameter', module: { type: 'SetQueue', parameters: [{ name: 'Queue', value: 'q' }, { name: 'Priority', value: '1' }] }, message: /added of type SetQueue: parameter Priority: not known here/ },
  { name: 'an unknown branch', module: { type: 'PlayPrompt', parameters: [{ name: 'Text', value: 'x' }], branches: [{ condition: 'Success', transition: ID.ask }, { condition: 'Okay', transition: ID.ask }] }, message: /branch Okay: not known here/ },
  { name: 'a missing branch', module: { type: 'SetQueue', parameters: [{ name: 'Queue', value: 'q' }], branches: [{ condition: 'Success', transition: ID.ask }] }, message: /branch Error leads nowhere/ },
  { name: 'a missing parameter', module: { type: 'SetVoice' }, message: /parameter GlobalVoice is missing/ },
  { name: 'an unknown namespace', module: { type: 'SetQueue', parameters: [{ name: 'Queue', value: 'q', namespace: 'Moon' }] }, message: /the namespace "Moon" is not known/ },
  { name: 'an unknown value of the system', module: { type: 'SetQueue', parameters: [{ name: 'Queue', value: 'Weather', namespace: 'System' }] }, message: /no value "Weather"/ },
  { name: 'an unknown condition', module: { type: 'CheckAttribute', parameters: [{ name: 'Attribute', value: 'a' }, { name: 'Namespace', value: 'External' }], branches: [{ condition: 'Evaluate', conditionType: 'Resembles', conditionValue: '1', transition: ID.ask }, { condition: 'NoMatch', transition: ID.ask }] }, message: /condition Resembles is not known/ },
  { name: 'a recorded prompt without an ARN', module: { type: 'PlayPrompt', branches: [{ condition: 'Success', transition: ID.ask }], parameters: [{ name: 'AudioPrompt', value: '' }] }, message: /AudioPrompt names a prompt of its own instance/ }
]

for (const { name, module, message } of faults) {
  t.test(`what cannot be converted is named: ${name}`, async t => {
    t.throws(() => convertLegacyExport(withModule(module)), message)
  })
}

t.test('every fault is named at once, and what is no export is refused', async t => {
  const flow = legacyFlow()
  for (const module of flow.modules.slice(2, 5)) module.type = 'PlayMusic'
  t.throws(() => convertLegacyExport(flow), new RegExp(`(${ID.blocked}.*\n.*${ID.sorry}.*\n.*${ID.kept})`))
  for (const document of [null, [], {}, { Actions: [] }, 'modules']) {
    t.notOk(isLegacyExport(document))
    t.throws(() => convertLegacyExport(document), /no legacy export/)
  }
})

t.test("checkFlow finds the sample's faults in a flow like it: a reply that is not looked at, silence taken for an answer, a function of somebody else", async t => {
  const { channel, problems } = checkFlow(convertLegacyExport(legacyFlow()), { attributes: { sent: ['Name', 'CardNo', 'CaseId'] } })
  t.equal(channel, 'voice')
  t.strictSame(problems.map(({ rule, severity, block }) => `${severity} ${rule} ${block}`), [
    `warning reply-unchecked ${ID.call}`,
    `note lambda-arn-fixed ${ID.call}`,
    `warning silence-answers ${ID.ask}`
  ])
  t.match(problems[2], { message: 'InputTimeLimitExceeded, NoMatchingCondition, NoMatchingError: the same Lambda call as after the answer 2, which nobody gave' })
})
