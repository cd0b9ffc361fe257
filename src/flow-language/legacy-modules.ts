import type { FlowAction } from './flow-document.ts'
import { readLegacyValue, toReference, type LegacyParameter } from './legacy-reference.ts'

/** One block of the legacy export. */
export interface LegacyModule {
  id: string
  type: string
  target?: string | null
  branches: ReadonlyArray<{ condition: string, conditionType?: string, conditionValue?: unknown, transition?: string }>
  parameters: readonly LegacyParameter[]
  metadata?: unknown
}

/** What converting one module needs beside it. */
export interface ModuleContext {
  /** Stands in for the ARN of every Lambda function. */
  bridgeArn?: string
}

type Draft = Pick<FlowAction, 'Type' | 'Parameters' | 'Transitions'>

/** Reads a module's parameters and branches, and knows which of them nobody has read. */
function createReader ({ parameters, branches }: LegacyModule) {
  const readNames = new Set<string>()
  const readConditions = new Set<string>()
  const all = (name: string): LegacyParameter[] => {
    readNames.add(name)
    return parameters.filter(parameter => parameter.name === name)
  }
  const optional = (name: string): string | undefined => {
    const [parameter] = all(name)
    return parameter === undefined ? undefined : readLegacyValue(parameter)
  }
  const optionalBranch = (condition: string): string | undefined => {
    readConditions.add(condition)
    return branches.find(branch => branch.condition === condition)?.transition
  }
  return {
    all,
    optional,
    optionalBranch,
    text (name: string): string {
      const value = optional(name)
      if (value === undefined) throw new Error(`parameter ${name} is missing`)
      return value
    },
    branch (condition: string): string {
      const transition = optionalBranch(condition)
      if (transition === undefined) throw new Error(`branch ${condition} leads nowhere`)
      return transition
    },
    evaluations () {
      readConditions.add('Evaluate')
      return branches.filter(branch => branch.condition === 'Evaluate')
    },
    unread: (): string[] => [
      ...parameters.filter(({ name }) => !readNames.has(name)).map(({ name }) => `parameter ${name}`),
      ...branches.filter(({ condition }) => !readConditions.has(condition)).map(({ condition }) => `branch ${condition}`)
    ]
  }
}

type Reader = ReturnType<typeof createReader>
type Converter = (read: Reader, context: ModuleContext) => Draft

const OPERATORS: Readonly<Record<string, string>> = {
  Equals: 'Equals',
  StartsWith: 'TextStartsWith',
  EndsWith: 'TextEndsWith',
  Contains: 'TextContains',
  GreaterThan: 'NumberGreaterThan',
  GreaterThanOrEqualTo: 'NumberGreaterOrEqualTo',
  LessThan: 'NumberLessThan',
  LessThanOrEqualTo: 'NumberLessOrEqualTo'
}

/** The modules that are known, by type, or by type and target. */
const CONVERTERS: Readonly<Record<string, Converter>> = {
  SetLoggingBehavior: read => go('UpdateFlowLoggingBehavior', { FlowLoggingBehavior: oneOf(read.text('LoggingBehavior'), { Enable: 'Enabled', Disable: 'Disabled' }) }, read.branch('Success')),
  SetVoice: read => go('UpdateContactTextToSpeechVoice', { TextToSpeechVoice: read.text('GlobalVoice') }, read.branch('Success'), { NoMatchingError: read.branch('Success') }),
  SetRecordingBehavior (read) {
    const isOn = oneOf(read.text('RecordingBehaviorOption'), { Enable: 'yes', Disable: 'no' }) === 'yes'
    const participants = { Both: ['Agent', 'Customer'], Agent: ['Agent'], Customer: ['Customer'] }[read.optional('RecordingParticipantOption') ?? 'Both']
    if (participants === undefined) throw new Error('parameter RecordingParticipantOption is not known')
    return go('UpdateContactRecordingBehavior', { RecordingBehavior: { RecordedParticipants: isOn ? participants : [] } }, read.branch('Success'))
  },
  PlayPrompt: read => go('MessageParticipant', readPrompt(read), read.branch('Success'), { NoMatchingError: read.optionalBranch('Error') ?? read.branch('Success') }),
  'GetUserInput Digits' (read) {
    const digits = read.optional('MaxDigits') ?? '1'
    if (digits !== '1') throw new Error(`parameter MaxDigits is ${digits}, and a question takes one key`)
    return go('GetParticipantInput', { ...readPrompt(read), StoreInput: 'False', InputTimeLimitSeconds: read.text('Timeout') }, read.branch('NoMatch'),
      { InputTimeLimitExceeded: read.branch('Timeout'), NoMatchingCondition: read.branch('NoMatch'), NoMatchingError: read.branch('Error') }, readConditions(read))
  },
  StoreUserInput (read) {
    const kind = oneOf(read.text('CustomerInputType'), { Custom: 'custom', PhoneNumber: 'phone' })
    const validation = kind === 'custom'
      ? { CustomValidation: { MaximumLength: read.text('MaxDigits') } }
      : { PhoneNumberValidation: { NumberFormat: oneOf(read.optional('PhoneNumberFormat') ?? 'Local', { Local: 'Local', International: 'E164', E164: 'E164' }), ...given('CountryCode', read.optional('CountryCode')) } }
    const isEncrypted = read.optional('EncryptEntry') === 'True'
    const keys = { ...given('EncryptionKeyId', read.optional('EncryptionKeyId')), ...given('Key', read.optional('EncryptionKey')) }
    const tones = { ...given('InputTerminationSequence', read.optional('TerminatorDigits')), ...given('DisableCancelKey', read.optional('DisableCancel')) }
    const invalid = read.optionalBranch('InvalidNumber')
    return go('GetParticipantInput', {
      ...readPrompt(read),
      StoreInput: 'True',
      InputTimeLimitSeconds: read.text('Timeout'),
      InputValidation: validation,
      ...(isEncrypted ? { InputEncryption: keys } : {}),
      ...(Object.keys(tones).length === 0 ? {} : { DTMFConfiguration: tones })
    }, read.branch('Success'), { ...(kind === 'phone' && invalid !== undefined ? { InvalidPhoneNumber: invalid } : {}), NoMatchingError: read.branch('Error') })
  },
  'InvokeExternalResource Lambda' (read, { bridgeArn }) {
    const attributes = Object.fromEntries(read.all('Parameter').map(parameter => [keyOf(parameter), readLegacyValue(parameter)]))
    const ownArn = read.text('FunctionArn')
    return go('InvokeLambdaFunction', {
      LambdaFunctionARN: bridgeArn ?? ownArn,
      InvocationTimeLimitSeconds: read.text('TimeLimit'),
      ...(Object.keys(attributes).length === 0 ? {} : { LambdaInvocationAttributes: attributes }),
      ResponseValidation: { ResponseType: 'STRING_MAP' }
    }, read.branch('Success'), { NoMatchingError: read.branch('Error') })
  },
  SetAttributes: read => go('UpdateContactAttributes', {
    Attributes: Object.fromEntries(read.all('Attribute').map(parameter => [keyOf(parameter), readLegacyValue(parameter)])),
    TargetContact: 'Current'
  }, read.branch('Success'), { NoMatchingError: read.branch('Error') }),
  CheckAttribute: read => go('Compare', { ComparisonValue: toReference(read.text('Namespace'), read.text('Attribute')) }, read.branch('NoMatch'),
    { NoMatchingCondition: read.branch('NoMatch') }, readConditions(read)),
  Loop: read => go('Loop', { LoopCount: read.text('LoopCount') }, read.branch('Complete'), {}, [
    condition('Equals', 'ContinueLooping', read.branch('Looping')), condition('Equals', 'DoneLooping', read.branch('Complete'))
  ]),
  SetQueue: read => go('UpdateContactTargetQueue', { QueueId: read.text('Queue') }, read.branch('Success'), { NoMatchingError: read.branch('Error') }),
  'SetEventHook Flow': read => go('UpdateContactEventHooks', { EventHooks: { [read.text('Type')]: read.text('ContactFlowId') } }, read.branch('Success'), { NoMatchingError: read.branch('Error') }),
  'Transfer Queue': read => go('TransferContactToQueue', {}, read.branch('Error'), { QueueAtCapacity: read.branch('AtCapacity'), NoMatchingError: read.branch('Error') }),
  'Transfer Flow': read => go('TransferToFlow', { ContactFlowId: read.text('ContactFlowId') }, read.branch('Error'), { NoMatchingError: read.branch('Error') }),
  Disconnect: () => ({ Type: 'DisconnectParticipant', Parameters: {}, Transitions: {} })
}

/** Names of the modules that can be converted. */
export const LEGACY_MODULES: readonly string[] = Object.keys(CONVERTERS)

/** Converts one module. @throws Error saying what of it cannot be taken over; nothing is left out in silence */
export function convertModule (module: LegacyModule, context: ModuleContext): Draft {
  const kind = module.target == null || module.target === '' ? module.type : `${module.type} ${module.target}`
  const convert = Object.hasOwn(CONVERTERS, kind) ? CONVERTERS[kind] : undefined
  if (convert === undefined) throw new Error('this kind of module cannot be converted')
  const read = createReader(module)
  const draft = convert(read, context)
  const unread = read.unread()
  if (unread.length > 0) throw new Error(`${unread.join(', ')}: not known here`)
  return draft
}

function go (Type: string, Parameters: Record<string, unknown>, NextAction: string, errors: Record<string, string> = {}, Conditions: ReturnType<typeof condition>[] = []): Draft {
  const Errors = Object.entries(errors).map(([ErrorType, NextAction]) => ({ NextAction, ErrorType }))
  return { Type, Parameters, Transitions: { NextAction, ...(Conditions.length === 0 ? {} : { Conditions }), ...(Errors.length === 0 ? {} : { Errors }) } }
}

function condition (Operator: string, operand: string, NextAction: string) {
  return { NextAction, Condition: { Operator, Operands: [operand] } }
}

function readConditions (read: Reader) {
  return read.evaluations().map(({ conditionType = 'Equals', conditionValue, transition }) => {
    const operator = Object.hasOwn(OPERATORS, conditionType) ? OPERATORS[conditionType] : undefined
    if (operator === undefined) throw new Error(`condition ${conditionType} is not known`)
    if (transition === undefined) throw new Error(`the branch for ${String(conditionValue)} leads nowhere`)
    return condition(operator, String(conditionValue), transition)
  })
}

function readPrompt (read: Reader): Record<string, string> {
  const audio = read.optional('AudioPrompt')
  const text = read.optional('Text')
  const speech = oneOf(read.optional('TextToSpeechType') ?? 'text', { text: 'Text', ssml: 'SSML' })
  if ((audio === undefined) === (text === undefined)) throw new Error('exactly one of the parameters Text and AudioPrompt is needed')
  if (audio === '') throw new Error('parameter AudioPrompt names a prompt of its own instance only, without an ARN')
  return audio === undefined ? { [speech]: text ?? '' } : { PromptId: audio }
}

function oneOf (value: string, meanings: Readonly<Record<string, string>>): string {
  const meaning = Object.hasOwn(meanings, value) ? meanings[value] : undefined
  if (meaning === undefined) throw new Error(`the value "${value}" is not known`)
  return meaning
}

function given (name: string, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [name]: value }
}

function keyOf ({ name, key }: LegacyParameter): string {
  if (typeof key !== 'string' || key === '') throw new Error(`parameter ${name} has no key`)
  return key
}
