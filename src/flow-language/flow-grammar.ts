/** How a parameter may use references: nowhere, as its whole value, or anywhere inside its text; objects have members, and a list is of texts. */
export type ParameterKind = 'static' | 'reference' | 'dynamic' | 'object' | 'list'

/** What one parameter of a block may be. */
export interface ParameterRule {
  kind: ParameterKind
  isRequired?: boolean
  oneOf?: readonly string[]
  /** Inclusive bounds of a whole number. */
  between?: readonly [number, number]
  minLength?: number
  maxLength?: number
  /** What an object without known members may hold: texts only, or JSON whose values are all texts; anything when absent. */
  holds?: 'texts' | 'json'
  /** What an object may have in it; anything when absent. */
  members?: Readonly<Record<string, ParameterRule>>
}

/** What a block of one type may have. */
export interface ActionRule {
  parameters: Readonly<Record<string, ParameterRule>>
  /** Exactly one parameter of each of these groups must be given. */
  exactlyOneOf?: ReadonlyArray<readonly string[]>
  /** `none`, `any` operator, `equals` alone, `keys` (Equals with one character of a keypad), or the operands that must all be there. */
  conditions: 'none' | 'any' | 'equals' | 'keys' | readonly string[]
  requiredErrors: readonly string[]
  optionalErrors?: readonly string[]
  isTerminal?: boolean
}

const BOOLEAN = ['True', 'False'] as const
const PROMPT = {
  Text: { kind: 'dynamic', minLength: 1 },
  SSML: { kind: 'dynamic', minLength: 1 },
  PromptId: { kind: 'reference' },
  Media: {
    kind: 'object',
    members: { Uri: { kind: 'dynamic', isRequired: true }, SourceType: { kind: 'static', isRequired: true, oneOf: ['S3'] }, MediaType: { kind: 'static', isRequired: true, oneOf: ['Audio'] } }
  }
} as const satisfies Record<string, ParameterRule>
const PROMPT_KINDS = ['Text', 'SSML', 'PromptId', 'Media'] as const
const INPUT_VALIDATION = {
  kind: 'object',
  members: {
    PhoneNumberValidation: { kind: 'object', members: { NumberFormat: { kind: 'static', isRequired: true, oneOf: ['Local', 'E164'] }, CountryCode: { kind: 'static' } } },
    CustomValidation: { kind: 'object', members: { MaximumLength: { kind: 'static', isRequired: true, between: [1, 999_999] } } }
  }
} as const satisfies ParameterRule
const DTMF_CONFIGURATION = {
  kind: 'object',
  members: {
    InputTerminationSequence: { kind: 'static', maxLength: 5 },
    DisableCancelKey: { kind: 'static', oneOf: BOOLEAN },
    InterdigitTimeLimitSeconds: { kind: 'static', between: [1, 20] }
  }
} as const satisfies ParameterRule

const ENDPOINT = { kind: 'object', isRequired: true, members: { Address: { kind: 'reference', isRequired: true }, Type: { kind: 'reference', isRequired: true } } } as const satisfies ParameterRule

/** The block types of the flow language that voice and text flows use (API Reference, "Amazon Connect Flow language", Actions). */
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
      InputValidation: INPUT_VALIDATION,
      InputEncryption: { kind: 'object', members: { EncryptionKeyId: { kind: 'reference', isRequired: true }, Key: { kind: 'reference', isRequired: true } } },
      DTMFConfiguration: DTMF_CONFIGURATION
    },
    exactlyOneOf: [PROMPT_KINDS],
    conditions: 'keys',
    requiredErrors: ['NoMatchingError'],
    optionalErrors: ['InputTimeLimitExceeded', 'NoMatchingCondition', 'InvalidPhoneNumber']
  },
  ConnectParticipantWithLexBot: {
    parameters: {
      ...PROMPT,
      LexV2Bot: { kind: 'object', members: { AliasArn: { kind: 'reference', isRequired: true } } },
      LexBot: { kind: 'object' },
      LexSessionAttributes: { kind: 'object' },
      LexInitializationData: { kind: 'object' },
      LexTimeoutSeconds: { kind: 'object', members: { Text: { kind: 'reference', isRequired: true, between: [1, 604_800] } } }
    },
    exactlyOneOf: [PROMPT_KINDS, ['LexV2Bot', 'LexBot']],
    conditions: 'equals',
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
      SourceEndpoint: ENDPOINT,
      DestinationEndpoint: ENDPOINT,
      ContactFlowArn: { kind: 'reference', isRequired: true },
      ContactSubtype: { kind: 'static', isRequired: true },
      InitialSystemMessage: { kind: 'object' },
      InitialTemplatedSystemMessage: { kind: 'object' },
      RelatedContact: { kind: 'static', oneOf: ['CURRENT'] }
    },
    conditions: 'none',
    requiredErrors: ['NoMatchingError']
  },
  MessageParticipant: { parameters: PROMPT, exactlyOneOf: [PROMPT_KINDS], conditions: 'none', requiredErrors: ['NoMatchingError'] },
  InvokeLambdaFunction: {
    parameters: {
      LambdaFunctionARN: { kind: 'reference', isRequired: true },
      InvocationTimeLimitSeconds: { kind: 'static', isRequired: true, between: [1, 8] },
      LambdaInvocationAttributes: { kind: 'object', holds: 'json' },
      ResponseValidation: { kind: 'object', members: { ResponseType: { kind: 'static', isRequired: true, oneOf: ['STRING_MAP', 'JSON'] } } },
      InvocationType: { kind: 'static', oneOf: ['SYNCHRONOUS', 'ASYNCHRONOUS'] }
    },
    conditions: 'none',
    requiredErrors: ['NoMatchingError']
  },
  UpdateContactAttributes: {
    parameters: {
      Attributes: { kind: 'object', isRequired: true, holds: 'texts' },
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
    parameters: { TimeoutSeconds: { kind: 'reference', between: [1, 604_800] }, Events: { kind: 'list' } },
    conditions: ['WaitCompleted'],
    requiredErrors: ['NoMatchingError'],
    optionalErrors: ['ParticipantNotFound']
  },
  UpdateContactTargetQueue: { parameters: { QueueId: { kind: 'reference' }, AgentId: { kind: 'reference' } }, exactlyOneOf: [['QueueId', 'AgentId']], conditions: 'none', requiredErrors: ['NoMatchingError'] },
  TransferContactToQueue: { parameters: {}, conditions: 'none', requiredErrors: ['NoMatchingError'], optionalErrors: ['QueueAtCapacity'] },
  TransferToFlow: { parameters: { ContactFlowId: { kind: 'reference', isRequired: true } }, conditions: 'none', requiredErrors: ['NoMatchingError'] },
  DisconnectParticipant: { parameters: {}, conditions: 'none', requiredErrors: [], isTerminal: true },
  EndFlowExecution: { parameters: {}, conditions: 'none', requiredErrors: [], isTerminal: true }
}

/** Block types that Amazon Connect has besides (API Reference, "Amazon Connect Flow language", Actions): nothing is known here of what they may have. */
export const UNCHECKED_TYPES: ReadonlySet<string> = new Set([
  'AssociateContactToCustomerProfile', 'AuthenticateParticipant', 'CheckHoursOfOperation', 'CheckMetricData', 'CheckVoiceId', 'CompleteOutboundCall', 'CreateCallbackContact', 'CreateCase',
  'CreateCustomerProfile', 'CreatePersistentContactAssociation', 'CreateTask', 'CreateWisdomSession', 'DequeueContactAndTransferToQueue', 'DistributeByPercentage', 'EndFlowModuleExecution',
  'GetCalculatedAttributesForCustomerProfile', 'GetCase', 'GetCustomerProfile', 'GetCustomerProfileObject', 'GetMetricData', 'InvokeFlowModule', 'LoadContactContent', 'MessageParticipantIteratively',
  'ResumeContact', 'SetVoiceId', 'ShowView', 'StartOutboundEmailContact', 'StartVoiceIdStream', 'TagContact', 'TransferContactToAgent', 'TransferParticipantToThirdParty', 'UnTagContact', 'UpdateCase',
  'UpdateContactCallbackNumber', 'UpdateContactMediaProcessing', 'UpdateContactMediaStreamingBehavior', 'UpdateContactRecordingAndAnalyticsBehavior', 'UpdateContactRoutingBehavior',
  'UpdateContactRoutingCriteria', 'UpdateCustomerProfile', 'UpdateFlowAttributes', 'UpdatePreviousContactParticipantState'
])

/** What a condition may do with its one operand. */
export const OPERATORS = [
  'Equals', 'TextStartsWith', 'TextEndsWith', 'TextContains',
  'NumberGreaterThan', 'NumberGreaterOrEqualTo', 'NumberLessThan', 'NumberLessOrEqualTo'
] as const
