import t from 'tap'
import type { FlowAction } from '../../../src/flow-language/flow-document.ts'
import { chooseNext } from '../../../src/simulators/connect/flow-interpreter.ts'
import type { ConnectSimulatorOptions } from '../../../src/simulators/connect/server.ts'
import { BRIDGE_ARN, CARDHOLDER, FLOW_ID, INSTANCE_ID, OUR_NUMBER, startInstance } from './simulated-instance.ts'
import { createTestClock } from './test-clock.ts'

const END: FlowAction = { Identifier: 'end', Type: 'DisconnectParticipant', Parameters: {}, Transitions: {} }

function flowOf (...actions: FlowAction[]): unknown {
  return { Version: '2019-10-30', StartAction: actions[0]?.Identifier, Actions: [...actions, END] }
}

function block (Identifier: string, Type: string, Parameters: Record<string, unknown>, NextAction: string, errors: Record<string, string> = {}, conditions: Record<string, string> = {}): FlowAction {
  return {
    Identifier,
    Type,
    Parameters,
    Transitions: {
      NextAction,
      Conditions: Object.entries(conditions).map(([value, next]) => ({ NextAction: next, Condition: { Operator: 'Equals', Operands: [value] } })),
      Errors: Object.entries(errors).map(([ErrorType, NextAction]) => ({ NextAction, ErrorType }))
    }
  }
}

function say (id: string, Text: string): FlowAction {
  return block(id, 'MessageParticipant', { Text }, 'end', { NoMatchingError: 'end' })
}

function invoke (limit = '8', type = 'STRING_MAP'): FlowAction {
  return block('call', 'InvokeLambdaFunction', {
    LambdaFunctionARN: BRIDGE_ARN,
    InvocationTimeLimitSeconds: limit,
    LambdaInvocationAttributes: { answer: 'fraud', nested: { name: '$.Attributes.Name' } },
    ResponseValidation: { ResponseType: type }
  }, 'yes', { NoMatchingError: 'no' })
}

function withLambda (lambda: (event: unknown) => Promise<unknown>, invocation = invoke()): Partial<ConnectSimulatorOptions> {
  return { flows: { [FLOW_ID]: flowOf(invocation, say('yes', 'yes $.External.result $.External.deep.er'), say('no', 'no')) }, lambdas: { [BRIDGE_ARN]: lambda } }
}

type Instance = Awaited<ReturnType<typeof startInstance>>

async function heardIn (instance: Instance, keys: string[] = []): Promise<string[]> {
  const contact = await instance.call({ behaviour: 'answer', keys }, { Attributes: { Name: 'Ada' } })
  return contact.transcript.filter(line => line.who === 'system').map(line => line.text)
}

t.test('a Lambda function gets the event that Connect documents', async t => {
  const events: unknown[] = []
  const instance = await startInstance(t, withLambda(async event => {
    events.push(event)
    return { result: 'ok' }
  }))
  t.strictSame(await heardIn(instance), ['yes ok'])
  const contactId = instance.simulator.contacts()[0]?.contactId
  t.strictSame(events, [{
    Name: 'ContactFlowEvent',
    Details: {
      ContactData: {
        Attributes: { Name: 'Ada' },
        Channel: 'VOICE',
        ContactId: contactId,
        CustomerEndpoint: { Address: CARDHOLDER, Type: 'TELEPHONE_NUMBER' },
        CustomerId: null,
        Description: null,
        InitialContactId: contactId,
        InitiationMethod: 'API',
        InstanceARN: `arn:aws:connect:eu-central-1:123456789012:instance/${INSTANCE_ID}`,
        LanguageCode: 'en-US',
        MediaStreams: { Customer: { Audio: null } },
        Name: null,
        PreviousContactId: contactId,
        Queue: null,
        References: {},
        SystemEndpoint: { Address: OUR_NUMBER, Type: 'TELEPHONE_NUMBER' }
      },
      Parameters: { answer: 'fraud', nested: { name: 'Ada' } }
    }
  }])
})

t.test('a Lambda function that fails is tried four times in all, then the error branch is taken', async t => {
  let calls = 0
  const instance = await startInstance(t, withLambda(async () => {
    calls++
    throw new Error('down')
  }))
  t.strictSame(await heardIn(instance), ['no'])
  t.equal(calls, 4)
  t.strictSame(instance.simulator.contacts()[0]?.lambdaInvocations.map(({ attempt, error }) => [attempt, error]), [[1, 'down'], [2, 'down'], [3, 'down'], [4, 'down']])
})

t.test('a Lambda function that recovers is heard', async t => {
  let calls = 0
  const instance = await startInstance(t, withLambda(async () => {
    if (++calls < 3) throw new Error('down')
    return { result: 'at last' }
  }))
  t.strictSame(await heardIn(instance), ['yes at last'])
})

t.test('a Lambda function that does not come back in time leads to the error branch, without a retry', async t => {
  let calls = 0
  const instance = await startInstance(t, {
    ...withLambda(() => {
      calls++
      return new Promise(() => {})
    }),
    lambdaClock: createTestClock()
  })
  t.strictSame(await heardIn(instance), ['no'])
  t.equal(calls, 1)
})

t.test('an unknown function leads to the error branch', async t => {
  const instance = await startInstance(t, { ...withLambda(async () => ({})), lambdas: {} })
  t.strictSame(await heardIn(instance), ['no'])
})

for (const [name, type, reply, heard] of [
  ['nested objects in a flat map', 'STRING_MAP', { result: { deep: 'x' } }, 'no'],
  ['a number in a flat map', 'STRING_MAP', { statusCode: 400 }, 'no'],
  ['a text', 'STRING_MAP', 'blocked', 'no'],
  ['nothing', 'STRING_MAP', undefined, 'no'],
  ['a list', 'JSON', ['blocked'], 'no'],
  ['more than 32 KB', 'STRING_MAP', { result: 'x'.repeat(32_768) }, 'no'],
  ['nested objects as JSON', 'JSON', { result: 'ok', deep: { er: 'down' } }, 'yes ok down']
] as const) {
  t.test(`a Lambda reply with ${name} as ${type}: "${heard}"`, async t => {
    t.strictSame(await heardIn(await startInstance(t, withLambda(async () => reply, invoke('8', type)))), [heard])
  })
}

t.test('a failing Lambda function is not retried once the caller is gone', async t => {
  let calls = 0
  const ask = block('ask', 'GetParticipantInput', { Text: 'Press a key', StoreInput: 'False', InputTimeLimitSeconds: '5' }, 'call',
    { InputTimeLimitExceeded: 'end', NoMatchingCondition: 'call', NoMatchingError: 'end' })
  const { call } = await startInstance(t, {
    flows: { [FLOW_ID]: flowOf(ask, invoke(), say('yes', 'yes'), say('no', 'no')) },
    lambdas: { [BRIDGE_ARN]: async () => { calls++; throw new Error('down') } }
  })
  const contact = await call({ behaviour: 'hang_up', keys: ['5'] })
  t.equal(calls, 1)
  t.match(contact, { disconnectReason: 'CUSTOMER_DISCONNECT', flowError: null })
})

t.test('stored input is collected up to its terminator and can be spoken', async t => {
  const ask = block('ask', 'GetParticipantInput', {
    Text: 'Your number?', StoreInput: 'True', InputTimeLimitSeconds: '5', InputValidation: { CustomValidation: { MaximumLength: '4' } }
  }, 'back', { NoMatchingError: 'end', InputTimeLimitExceeded: 'back' })
  const options = { flows: { [FLOW_ID]: flowOf(ask, say('back', 'You pressed $.StoredCustomerInput')) } }
  t.strictSame(await heardIn(await startInstance(t, options), ['1', '2', '#']), ['Your number?', 'You pressed 12'])
  t.strictSame(await heardIn(await startInstance(t, options), ['1', '2', '3', '4', '5']), ['Your number?', 'You pressed 1234'])
  t.strictSame(await heardIn(await startInstance(t, options), ['1', '2', 'silence', '4']), ['Your number?', 'You pressed 12'])
})

t.test('a call outside a campaign has no status to check, and blocks that only set something pass', async t => {
  const instance = await startInstance(t, {
    flows: {
      [FLOW_ID]: flowOf(
        block('record', 'UpdateContactRecordingBehavior', { RecordingBehavior: { RecordedParticipants: [] } }, 'hooks'),
        block('hooks', 'UpdateContactEventHooks', { EventHooks: { CustomerRemaining: 'flow' } }, 'status', { NoMatchingError: 'end' }),
        block('status', 'CheckOutboundCallStatus', {}, 'end', { NoMatchingError: 'bye' }, { CallAnswered: 'end' }),
        block('bye', 'MessageParticipant', { Text: 'Bye' }, 'finish', { NoMatchingError: 'finish' }),
        { Identifier: 'finish', Type: 'EndFlowExecution', Parameters: {}, Transitions: {} }
      )
    }
  })
  t.strictSame(await heardIn(instance), ['Bye'])
})

t.test('a block that the simulator does not run ends the call and is named', async t => {
  const { call } = await startInstance(t, { flows: { [FLOW_ID]: flowOf(block('queue', 'TransferContactToQueue', {}, 'end', { NoMatchingError: 'end' })) } })
  t.match(await call({ behaviour: 'answer' }), { disconnectReason: 'OTHER', flowError: 'queue: this simulator does not run blocks of type TransferContactToQueue' })
})

t.test('a flow that goes round in circles is stopped and named', async t => {
  const { call } = await startInstance(t, {
    flows: { [FLOW_ID]: flowOf(block('a', 'UpdateFlowLoggingBehavior', { FlowLoggingBehavior: 'Disabled' }, 'b', {}), block('b', 'CheckOutboundCallStatus', {}, 'end', { NoMatchingError: 'a' })) }
  })
  t.match((await call({ behaviour: 'answer' })).flowError, /^[ab]: the flow went through 2000 blocks/)
})

t.test('attributes that grow too large are refused as a whole', async t => {
  const { call } = await startInstance(t, {
    flows: { [FLOW_ID]: flowOf(block('set', 'UpdateContactAttributes', { Attributes: { A: '$.Attributes.Big', B: '$.Attributes.Big' } }, 'end', { NoMatchingError: 'no' }), say('no', 'no')) }
  })
  const contact = await call({ behaviour: 'answer' }, { Attributes: { Big: 'x'.repeat(20_000) } })
  t.ok(contact.transcript.some(line => line.text === 'no'))
  t.strictSame(Object.keys(contact.attributes), ['Big'])
})

t.test('chooseNext knows every operator, in order, and is false for what is no number', async t => {
  for (const [operator, operand, value, isMet] of [
    ['Equals', 'blocked', 'blocked', true], ['Equals', 'blocked', 'Blocked', false],
    ['TextStartsWith', 'blo', 'blocked', true], ['TextEndsWith', 'ked', 'blocked', true], ['TextContains', 'lock', 'blocked', true], ['TextContains', 'x', 'blocked', false],
    ['NumberGreaterThan', '5', '6', true], ['NumberGreaterThan', '5', '5', false], ['NumberGreaterOrEqualTo', '5', '5', true],
    ['NumberLessThan', '5', '4.5', true], ['NumberLessOrEqualTo', '5', '5', true], ['NumberLessThan', '5', 'x', false], ['NumberLessThan', '5', '', false]
  ] as const) {
    const action: FlowAction = {
      Identifier: 'c',
      Type: 'Compare',
      Parameters: {},
      Transitions: { NextAction: 'next', Conditions: [{ NextAction: 'met', Condition: { Operator: operator, Operands: [operand] } }], Errors: [{ NextAction: 'unmet', ErrorType: 'NoMatchingCondition' }] }
    }
    t.equal(chooseNext(action, { value }), isMet ? 'met' : 'unmet', `${value} ${operator} ${operand}`)
    t.equal(chooseNext(action, { error: 'Other' }), undefined)
    t.equal(chooseNext(action, {}), 'next')
  }
})
