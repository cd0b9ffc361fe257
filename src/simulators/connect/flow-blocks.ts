import { interpolate, resolveReference, type ReferenceScope } from '../../flow-language/attribute-reference.ts'
import type { SimulatorClock } from '../aws/clock.ts'
import { findAttributeFault } from './contact-attributes.ts'
import type { Contact } from './contact.ts'
import type { FlowAction } from '../../flow-language/flow-document.ts'
import { buildLambdaEvent, invokeLambda, type LambdaFunction } from './lambda-invocation.ts'
import type { Line } from './line.ts'
import { speakSsml, speakText, type Speech } from './speech.ts'

/** Everything that a block may touch while a flow runs. */
export interface FlowRun {
  contact: Contact
  line: Line
  region: string
  instanceArn: string
  lambdas: Readonly<Record<string, LambdaFunction>>
  lambdaClock: SimulatorClock
  /** What the blocks before have left behind. */
  memory: {
    external: Record<string, unknown>
    storedInput: string | undefined
    voice: string
    loops: Map<string, number>
  }
}

/** What came of one block; `note` says it in the transcript. */
export interface BlockOutcome {
  /** Compared with the block's conditions. */
  value?: string
  /** The error branch to take. */
  error?: string
  isEnd?: true
  note: string
}

type Block = (action: FlowAction, run: FlowRun) => Promise<BlockOutcome> | BlockOutcome
type Entries = Record<string, unknown>

const DEFAULT_INTERDIGIT_SECONDS = 5

/** The blocks that the interpreter runs, by Type. */
export const BLOCKS: Readonly<Record<string, Block>> = {
  UpdateFlowLoggingBehavior: action => ({ note: `flow log ${readText(action, 'FlowLoggingBehavior')}` }),
  UpdateContactTextToSpeechVoice (action, run) {
    run.memory.voice = readText(action, 'TextToSpeechVoice')
    return { note: `voice ${run.memory.voice}` }
  },
  UpdateContactRecordingBehavior: () => ({ note: 'recording behaviour noted' }),
  UpdateContactEventHooks: () => ({ note: 'event hooks noted' }),
  CheckOutboundCallStatus: () => ({ error: 'NoMatchingError', note: 'not a call of an outbound campaign' }),
  DisconnectParticipant: () => ({ isEnd: true, note: 'disconnect' }),
  EndFlowExecution: () => ({ isEnd: true, note: 'end of the flow' }),
  GetParticipantInput: askForInput,
  async MessageParticipant (action, run) {
    const speech = readPrompt(action, run)
    if (!speech.isSpeakable) return { error: 'NoMatchingError', note: speech.problem }
    await run.line.say(speech.text, speech.speakingMs)
    return { note: 'said' }
  },
  InvokeLambdaFunction: callLambda,
  UpdateContactAttributes (action, run) {
    const added = mapTexts(action.Parameters['Attributes'], text => interpolate(text, scopeOf(run))) as Record<string, string>
    const attributes = { ...run.contact.attributes, ...added }
    const fault = action.Parameters['TargetContact'] === 'Related' ? 'there is no related contact' : findAttributeFault(attributes)
    if (fault !== undefined) return { error: 'NoMatchingError', note: fault }
    run.contact.attributes = attributes
    return { note: `set ${Object.entries(added).map(pair => pair.join('=')).join(', ')}` }
  },
  Compare (action, run) {
    const reference = readText(action, 'ComparisonValue')
    const value = resolveReference(reference, scopeOf(run))
    return value === undefined ? { error: 'NoMatchingCondition', note: `${reference} is not set` } : { value, note: `${reference} is ${value}` }
  },
  Loop (action, run) {
    const limit = Number(interpolate(readText(action, 'LoopCount'), scopeOf(run)))
    const round = (run.memory.loops.get(action.Identifier) ?? 0) + 1
    const goesOn = round <= limit
    run.memory.loops.set(action.Identifier, goesOn ? round : 0)
    return goesOn ? { value: 'ContinueLooping', note: `round ${round} of ${limit}` } : { value: 'DoneLooping', note: `all ${limit} rounds done` }
  }
}

async function askForInput (action: FlowAction, run: FlowRun): Promise<BlockOutcome> {
  const speech = readPrompt(action, run)
  if (!speech.isSpeakable) return { error: 'NoMatchingError', note: speech.problem }
  const first = await run.line.ask(speech.text, speech.speakingMs, Number(readText(action, 'InputTimeLimitSeconds')) * 1000)
  if (first === 'over') return { note: 'the caller is gone' }
  const isStored = action.Parameters['StoreInput'] === 'True'
  if (first === 'elapsed') {
    if (isStored) run.memory.storedInput = 'Timeout'
    return { error: 'InputTimeLimitExceeded', note: 'no key came' }
  }
  if (!isStored) return { value: first.key, note: `key ${first.key}` }
  const input = await collectDigits(first.key, action, run)
  if (run.line.isOver()) return { note: 'the caller is gone' }
  run.memory.storedInput = input
  const validation = entriesOf(action.Parameters['InputValidation'])
  const isPhoneNumber = Object.hasOwn(validation, 'PhoneNumberValidation')
  if (isPhoneNumber && !/^\d{5,15}$/.test(input)) return { error: 'InvalidPhoneNumber', note: 'not a phone number' }
  return { note: `stored ${input.length} key(s)` }
}

async function collectDigits (firstKey: string, action: FlowAction, run: FlowRun): Promise<string> {
  const { MaximumLength } = entriesOf(entriesOf(action.Parameters['InputValidation'])['CustomValidation'])
  const { InterdigitTimeLimitSeconds, InputTerminationSequence } = entriesOf(action.Parameters['DTMFConfiguration'])
  const maxLength = Number(MaximumLength ?? 20)
  const end = typeof InputTerminationSequence === 'string' ? InputTerminationSequence : '#'
  const interdigitMs = Number(InterdigitTimeLimitSeconds ?? DEFAULT_INTERDIGIT_SECONDS) * 1000
  let input = firstKey
  while (!input.endsWith(end) && input.length < maxLength) {
    const next = await run.line.listen(interdigitMs)
    if (typeof next === 'string') break
    input += next.key
  }
  return input.endsWith(end) ? input.slice(0, -end.length) : input
}

async function callLambda (action: FlowAction, run: FlowRun): Promise<BlockOutcome> {
  if (action.Parameters['InvocationType'] === 'ASYNCHRONOUS') return { error: 'NoMatchingError', note: 'this simulator runs synchronous invocations only' }
  const scope = scopeOf(run)
  const functionArn = interpolate(readText(action, 'LambdaFunctionARN'), scope)
  const parameters = mapTexts(action.Parameters['LambdaInvocationAttributes'] ?? {}, text => interpolate(text, scope))
  const running = invokeLambda({
    functionArn,
    lambda: Object.hasOwn(run.lambdas, functionArn) ? run.lambdas[functionArn] : undefined,
    event: buildLambdaEvent(run.contact, run.instanceArn, parameters),
    responseType: String(entriesOf(action.Parameters['ResponseValidation'])['ResponseType'] ?? 'STRING_MAP'),
    limitMs: Number(readText(action, 'InvocationTimeLimitSeconds')) * 1000,
    clock: run.lambdaClock,
    isOver: run.line.isOver,
    invocations: run.contact.lambdaInvocations
  })
  run.line.fallSilent()
  const outcome = await running
  if ('problem' in outcome) return { error: 'NoMatchingError', note: outcome.problem }
  run.memory.external = outcome.reply
  return { note: `replied ${JSON.stringify(outcome.reply)}` }
}

function readPrompt (action: FlowAction, run: FlowRun): Speech {
  const { SSML, Text } = action.Parameters
  if (typeof SSML === 'string') return speakSsml(interpolate(SSML, scopeOf(run)))
  if (typeof Text === 'string') return speakText(interpolate(Text, scopeOf(run)))
  return { isSpeakable: false, problem: 'this simulator has no recorded prompts' }
}

function scopeOf ({ contact, region, instanceArn, memory }: FlowRun): ReferenceScope {
  return {
    Attributes: contact.attributes,
    External: memory.external,
    StoredCustomerInput: memory.storedInput,
    CustomerEndpoint: { Address: contact.destination, Type: 'TELEPHONE_NUMBER' },
    SystemEndpoint: { Address: contact.source, Type: 'TELEPHONE_NUMBER' },
    ContactId: contact.contactId,
    InitialContactId: contact.contactId,
    PreviousContactId: contact.contactId,
    InstanceARN: instanceArn,
    InitiationMethod: 'API',
    Channel: 'VOICE',
    LanguageCode: 'en-US',
    AwsRegion: region,
    TextToSpeechVoiceId: memory.voice,
    Name: contact.name,
    Description: contact.description
  }
}

function mapTexts (value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, mapTexts(inner, change)]))
}

function readText (action: FlowAction, name: string): string {
  return String(action.Parameters[name] ?? '')
}

function entriesOf (value: unknown): Entries {
  return typeof value === 'object' && value !== null ? value as Entries : {}
}
