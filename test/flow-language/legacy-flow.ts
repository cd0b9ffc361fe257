/** A flow in the legacy export format: asks for a key, calls a function when it is 2, or when no right key came, and says what became of it. */
export function legacyFlow () {
  const say = (id: string, text: string, next: string) => ({
    id,
    type: 'PlayPrompt',
    branches: [{ condition: 'Success', transition: next }],
    parameters: [{ name: 'Text', value: text, namespace: null }, { name: 'TextToSpeechType', value: text.startsWith('<speak>') ? 'ssml' : 'text' }],
    metadata: { position: { x: 900, y: 300 }, useDynamic: false }
  })
  return {
    modules: [
      { id: ID.log, type: 'SetLoggingBehavior', branches: [{ condition: 'Success', transition: ID.voice }], parameters: [{ name: 'LoggingBehavior', value: 'Enable' }], metadata: { position: { x: 150, y: 20 } } },
      { id: ID.end, type: 'Disconnect', branches: [] as object[], parameters: [] as object[], metadata: { position: { x: 1300, y: 330 } } },
      say(ID.blocked, '<speak>Mrs $.Attributes.Name, the card is blocked now.</speak>', ID.end),
      say(ID.sorry, '<speak>That did not work.</speak>', ID.end),
      say(ID.kept, 'Nothing was changed.', ID.end),
      say(ID.safe, 'No valid key came; better safe than sorry.', ID.call),
      {
        id: ID.call,
        type: 'InvokeExternalResource',
        branches: [{ condition: 'Success', transition: ID.blocked }, { condition: 'Error', transition: ID.sorry }],
        parameters: [
          { name: 'FunctionArn', value: 'arn:aws:lambda:eu-west-1:123456789012:function:lock-card', namespace: null },
          { name: 'TimeLimit', value: '3' },
          { name: 'Parameter', value: 'CaseId', key: 'case', namespace: 'User Defined' }
        ],
        metadata: { position: { x: 700, y: 450 }, dynamicMetadata: {}, useDynamic: false },
        target: 'Lambda'
      },
      { id: ID.voice, type: 'SetVoice', branches: [{ condition: 'Success', transition: ID.ask }], parameters: [{ name: 'GlobalVoice', value: 'Joanna' }], metadata: { position: { x: 400, y: 20 } } },
      {
        id: ID.ask,
        type: 'GetUserInput',
        branches: [
          { condition: 'Evaluate', conditionType: 'Equals', conditionValue: '1', transition: ID.kept },
          { condition: 'Evaluate', conditionType: 'Equals', conditionValue: '2', transition: ID.call },
          { condition: 'Timeout', transition: ID.safe },
          { condition: 'NoMatch', transition: ID.safe },
          { condition: 'Error', transition: ID.safe }
        ],
        parameters: [
          { name: 'Text', value: '<speak>Was it you? <say-as interpret-as="digits">$.Attributes.CardNo</say-as></speak>', namespace: null },
          { name: 'TextToSpeechType', value: 'ssml' },
          { name: 'Timeout', value: '5' },
          { name: 'MaxDigits', value: '1' }
        ],
        metadata: { position: { x: 420, y: 190 }, conditionMetadata: [{ id: 'c1', value: '1' }, { id: 'c2', value: '2' }], useDynamic: false },
        target: 'Digits'
      }
    ] as Array<{ id: string, type: string, branches: object[], parameters: object[], metadata: object, target?: string }>,
    version: '1',
    type: 'contactFlow',
    start: ID.log,
    metadata: { entryPointPosition: { x: 15, y: 16 }, snapToGrid: false, name: 'old-flow', description: null, type: 'contactFlow', status: 'published', hash: 'f00' }
  }
}

export const ID = {
  log: '00000000-0000-4000-8000-000000000001',
  voice: '00000000-0000-4000-8000-000000000002',
  ask: '00000000-0000-4000-8000-000000000003',
  call: '00000000-0000-4000-8000-000000000004',
  kept: '00000000-0000-4000-8000-000000000005',
  safe: '00000000-0000-4000-8000-000000000006',
  blocked: '00000000-0000-4000-8000-000000000007',
  sorry: '00000000-0000-4000-8000-000000000008',
  end: '00000000-0000-4000-8000-000000000009'
} as const
