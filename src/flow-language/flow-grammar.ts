/** How a parameter may use references: nowhere, as its whole value, or anywhere inside its text. */
export type ParameterKind = 'static' | 'reference' | 'dynamic' | 'object'

/** What one parameter of a block may be. */
export interface ParameterRule {
  kind: ParameterKind
  isRequired?: boolean
  oneOf?: readonly string[]
  /** Inclusive bounds of a whole number. */
  between?: readonly [number, number]
}

/** What a block of one type may have. */
export interface ActionRule {
  parameters: Readonly<Record<string, ParameterRule>>
  /** Exactly one of these parameters must be given. */
  exactlyOneOf?: readonly string[]
  /** `none`, `any` operator, `keys` (Equals with one character of a keypad), or the operands that must all be there. */
  conditions: 'none' | 'any' | 'keys' | readonly string[]
  requiredErrors: readonly string[]
  optionalErrors?: readonly string[]
  isTerminal?: boolean
}

const PROMPT = {
  Text: { kind: 'dynamic' }, SSML: { kind: 'dynamic' }, PromptId: { kind: 'reference' }, Media: { kind: 'object' }
} as const satisfies Record<string, ParameterRule>
const PROMPT_KINDS = ['Text', 'SSML', 'PromptId', 'Media'] as const
const BOOLEAN = ['True', 'False'] as const

/** The block types of the flow language that a voice flow uses (API Reference, "Amazon Connect Flow language", Actions). */
export const ACTION_RULES: Readonly<Record<string, ActionRule>> = {
  UpdateFlowLoggingBehavior: {
    parameters: { FlowLoggingBehavior: { kind: 'static', isRequired: true, oneOf: ['Enabled', 'Disabled'] } },
    conditions: 'none',
    requiredErrors: []
  },
  UpdateContactTextToSpeechVoice: {
    parameters: {
      TextToSpeechVoice: { kind: 'static', isRequired: true },
      TextToSpeechEngine: { kind: 'static', oneOf: ['Standard', 'Neural', 'Generative'] },
      TextToSpeechStyle: { kind: 'static', oneOf: ['None', 'Conversational', 'Newscaster'] }
    },
    conditions: 'none',
    requiredErrors: [],
    optionalErrors: ['NoMatchingError']
  },
  GetParticipantInput: {
    parameters: {
      ...PROMPT,
      InputTimeLimitSeconds: { kind: 'static', isRequired: true, between: [1, 180] },
      StoreInput: { kind: 'static', isRequired: true, oneOf: BOOLEAN },
      InputValidation: { kind: 'object' },
      InputEncryption: { kind: 'object' },
      DTMFConfiguration: { kind: 'object' }
    },
    exactlyOneOf: PROMPT_KINDS,
    conditions: 'keys',
    requiredErrors: ['NoMatchingError'],
    optionalErrors: ['InputTimeLimitExceeded', 'NoMatchingCondition', 'InvalidPhoneNumber']
  },
  ConnectParticipantWithLexBot: {
    parameters: {
      ...PROMPT,
      LexV2Bot: { kind: 'object' },
      LexBot: { kind: 'object' },
      LexSessionAttributes: { kind: 'object' },
      LexInitializationData: { kind: 'object' },
      LexTimeoutSeconds: { kind: 'object' }
    },
    exactlyOneOf: PROMPT_KINDS,
    conditions: 'any',
    requiredErrors: ['NoMatchingCondition', 'NoMatchingError'],
    optionalErrors: ['InputTimeLimitExceeded']
  },
  UpdateContactData: {
    parameters: {
      LanguageCode: { kind: 'reference' },
      Name: { kind: 'dynamic' },
      Description: { kind: 'dynamic' },
      CustomerId: { kind: 'reference' },
      References: { kind: 'object' },
      TargetContact: { kind: 'static', oneOf: ['Current', 'Related'] }
    },
    conditions: 'none',
    requiredErrors: ['NoMatchingError']
  },
  StartOutboundChatContact: {
    parameters: {
      SourceEndpoint: { kind: 'object', isRequired: true },
      DestinationEndpoint: { kind: 'object', isRequired: true },
      ContactFlowArn: { kind: 'reference', isRequired: true },
      ContactSubtype: { kind: 'static', isRequired: true },
      InitialSystemMessage: { kind: 'object' },
      InitialTemplatedSystemMessage: { kind: 'object' },
      RelatedContact: { kind: 'static', oneOf: ['CURRENT'] }
    },
    conditions: 'none',
    requiredErrors: ['NoMatchingError']
  },
  MessageParticipant: { parameters: PROMPT, exactlyOneOf: PROMPT_KINDS, conditions: 'none', requiredErrors: ['NoMatchingError'] },
  InvokeLambdaFunction: {
    parameters: {
      LambdaFunctionARN: { kind: 'reference', isRequired: true },
      InvocationTimeLimitSeconds: { kind: 'static', isRequired: true, between: [1, 8] },
      LambdaInvocationAttributes: { kind: 'object' },
      ResponseValidation: { kind: 'object' },
      InvocationType: { kind: 'static', oneOf: ['SYNCHRONOUS', 'ASYNCHRONOUS'] }
    },
    conditions: 'none',
    requiredErrors: ['NoMatchingError']
  },
  UpdateContactAttributes: {
    parameters: {
      Attributes: { kind: 'object', isRequired: true },
      TargetContact: { kind: 'static', oneOf: ['Current', 'Related'] }
    },
    conditions: 'none',
    requiredErrors: ['NoMatchingError']
  },
  Compare: { parameters: { ComparisonValue: { kind: 'reference', isRequired: true } }, conditions: 'any', requiredErrors: ['NoMatchingCondition'] },
  Loop: { parameters: { LoopCount: { kind: 'reference', isRequired: true, between: [0, 100] } }, conditions: ['ContinueLooping', 'DoneLooping'], requiredErrors: [] },
  UpdateContactEventHooks: { parameters: { EventHooks: { kind: 'object', isRequired: true } }, conditions: 'none', requiredErrors: ['NoMatchingError'] },
  UpdateContactRecordingBehavior: {
    parameters: { RecordingBehavior: { kind: 'object', isRequired: true } },
    conditions: 'none',
    requiredErrors: [],
    optionalErrors: ['NoMatchingError']
  },
  CheckOutboundCallStatus: { parameters: {}, conditions: 'any', requiredErrors: ['NoMatchingError'] },
  Wait: {
    parameters: { TimeoutSeconds: { kind: 'reference' }, Events: { kind: 'object' } },
    conditions: ['WaitCompleted'],
    requiredErrors: ['NoMatchingError'],
    optionalErrors: ['ParticipantNotFound']
  },
  UpdateContactTargetQueue: { parameters: { QueueId: { kind: 'reference' }, AgentId: { kind: 'reference' } }, exactlyOneOf: ['QueueId', 'AgentId'], conditions: 'none', requiredErrors: ['NoMatchingError'] },
  TransferContactToQueue: { parameters: {}, conditions: 'none', requiredErrors: ['NoMatchingError'], optionalErrors: ['QueueAtCapacity'] },
  TransferToFlow: { parameters: { ContactFlowId: { kind: 'reference', isRequired: true } }, conditions: 'none', requiredErrors: ['NoMatchingError'] },
  DisconnectParticipant: { parameters: {}, conditions: 'none', requiredErrors: [], isTerminal: true },
  EndFlowExecution: { parameters: {}, conditions: 'none', requiredErrors: [], isTerminal: true }
}

/** What a condition may do with its one operand. */
export const OPERATORS = [
  'Equals', 'TextStartsWith', 'TextEndsWith', 'TextContains',
  'NumberGreaterThan', 'NumberGreaterOrEqualTo', 'NumberLessThan', 'NumberLessOrEqualTo'
] as const
