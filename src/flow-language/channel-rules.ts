import type { Block, FlowGraph } from './flow-graph.ts'
import type { FlowProblem } from './flow-problem.ts'
import { entriesOf } from './flow-shape.ts'

/** How the cardholder is talked to; `sms` stands for every chat. */
export type FlowChannel = 'voice' | 'sms'

const ONLY_VOICE: ReadonlySet<string> = new Set(['GetParticipantInput', 'UpdateContactTextToSpeechVoice', 'CheckOutboundCallStatus'])

/** Which channel a flow is for, told by its blocks: what only a call can do or speak decides, then what only a chat waits for. A Lex bot by itself serves both. */
export function guessChannel (graph: FlowGraph): FlowChannel {
  const blocks = [...graph.blocks.values()]
  if (blocks.some(({ type, parameters }) => ONLY_VOICE.has(type) || Object.hasOwn(parameters, 'SSML'))) return 'voice'
  return blocks.some(({ type, parameters }) => type === 'Wait' || Object.hasOwn(entriesOf(parameters['LexTimeoutSeconds']), 'Text')) ? 'sms' : 'voice'
}

/** What a flow's channel does not allow, and what only outbound campaigns have (API Reference, Flow language, "restrictions" of each action). */
export function checkChannel (graph: FlowGraph, channel: FlowChannel): FlowProblem[] {
  return [...graph.blocks.values()].flatMap(block => [...(channel === 'voice' ? checkVoiceBlock(block) : checkSmsBlock(block)), ...checkCampaign(block)])
}

/** The language's own page has Wait for chats only, a newer one has it for calls in a variant with events: on a call it is safe to do without. */
function checkVoiceBlock ({ id, type, parameters }: Block): FlowProblem[] {
  if (type === 'Wait') return [{ rule: 'channel-block', severity: 'error', block: id, message: 'Wait is for chats and texts, not for calls' }]
  return type === 'StartOutboundChatContact' && parameters['ContactSubtype'] !== 'connect:SMS'
    ? [{ rule: 'channel-block', severity: 'warning', block: id, message: 'only ContactSubtype "connect:SMS" is documented here' }]
    : []
}

function checkSmsBlock ({ id, type, parameters }: Block): FlowProblem[] {
  if (type === 'GetParticipantInput') return [{ rule: 'channel-block', severity: 'error', block: id, message: 'GetParticipantInput hears keys of a phone only; a text is read by ConnectParticipantWithLexBot' }]
  if (type === 'UpdateContactTextToSpeechVoice') return [{ rule: 'channel-block', severity: 'note', block: id, message: 'a text has no voice' }]
  if (type !== 'MessageParticipant' && type !== 'ConnectParticipantWithLexBot') return []
  const problems = ['SSML', 'PromptId', 'Media'].filter(name => Object.hasOwn(parameters, name))
    .map((name): FlowProblem => ({ rule: 'channel-prompt', severity: 'error', block: id, message: `a text takes Text only; ${name} would be shown as it stands or not at all` }))
  const isMarkup = typeof parameters['Text'] === 'string' && /<\s*speak\b/i.test(parameters['Text'])
  return isMarkup ? [...problems, { rule: 'channel-prompt', severity: 'error', block: id, message: 'the tags in Text would be shown' }] : problems
}

function checkCampaign ({ id, type }: Block): FlowProblem[] {
  return type === 'CheckOutboundCallStatus'
    ? [{ rule: 'campaign-only', severity: 'warning', block: id, message: 'CheckOutboundCallStatus knows calls of outbound campaigns only; any other call takes its error branch' }]
    : []
}
