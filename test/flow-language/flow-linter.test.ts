import t from 'tap'
import { parseFlow, type FlowAction } from '../../src/flow-language/flow-document.ts'
import { lintFlow } from '../../src/flow-language/flow-linter.ts'
import { readCardFraudFlow } from '../simulators/connect/simulated-instance.ts'

interface FlowFile { Version: string, StartAction: string, Actions: FlowAction[] }

function action (flow: FlowFile, id: string): FlowAction {
  const found = flow.Actions.find(action => action.Identifier === id)
  if (found === undefined) throw new Error(`no block ${id}`)
  return found
}

// A fault planted in the genuine flow, and what the linter must say of it.
const faults: Array<{ name: string, plant: (flow: FlowFile) => void, block?: string, message: RegExp }> = [
  { name: 'another version', plant: flow => { flow.Version = '2018-01-01' }, message: /Version/ },
  { name: 'a start that is no action', plant: flow => { flow.StartAction = 'nowhere' }, message: /StartAction "nowhere"/ },
  { name: 'two blocks of one name', plant: flow => { action(flow, 'say-none').Identifier = 'say-active' }, block: 'say-active', message: /used twice/ },
  { name: 'a name too long', plant: flow => { action(flow, 'log').Identifier = flow.StartAction = 'l'.repeat(51) }, message: /longer than 50/ },
  { name: 'a forbidden character in a name', plant: flow => { action(flow, 'log').Identifier = flow.StartAction = 'log:1' }, message: /not allowed/ },
  { name: 'a reserved name', plant: flow => { action(flow, 'log').Identifier = flow.StartAction = 'constructor' }, message: /reserved/ },
  { name: 'a branch to nowhere', plant: flow => { action(flow, 'voice-en').Transitions.NextAction = 'gone' }, block: 'voice-en', message: /leads to "gone"/ },
  { name: 'a missing NextAction', plant: flow => { delete action(flow, 'voice-en').Transitions.NextAction }, block: 'voice-en', message: /leads to undefined/ },
  { name: 'an unknown type', plant: flow => { action(flow, 'voice-en').Type = 'toString' }, block: 'voice-en', message: /Type "toString" is not known/ },
  { name: 'a missing parameter', plant: flow => { delete action(flow, 'ask').Parameters['InputTimeLimitSeconds'] }, block: 'ask', message: /InputTimeLimitSeconds is missing/ },
  { name: 'an unknown parameter', plant: flow => { action(flow, 'ask').Parameters['Timeout'] = '8' }, block: 'ask', message: /Timeout is not a parameter/ },
  { name: 'a number that is no text', plant: flow => { action(flow, 'ask').Parameters['InputTimeLimitSeconds'] = 8 }, block: 'ask', message: /must be a text/ },
  { name: 'a time limit out of range', plant: flow => { action(flow, 'bridge-fraud').Parameters['InvocationTimeLimitSeconds'] = '9' }, block: 'bridge-fraud', message: /from 1 to 8/ },
  { name: 'a reference in a static parameter', plant: flow => { action(flow, 'voice-en').Parameters['TextToSpeechVoice'] = '$.Attributes.Voice' }, block: 'voice-en', message: /must not hold a reference/ },
  { name: 'a reference with text around it', plant: flow => { action(flow, 'check').Parameters['ComparisonValue'] = 'x$.External.result' }, block: 'check', message: /one reference and nothing else/ },
  { name: 'a comparison without a reference', plant: flow => { action(flow, 'check').Parameters['ComparisonValue'] = 'blocked' }, block: 'check', message: /must be a reference/ },
  { name: 'a reference to nothing', plant: flow => { action(flow, 'say-none').Parameters['SSML'] = '<speak>$.Nonsense.X</speak>' }, block: 'say-none', message: /no \$\.Nonsense/ },
  { name: 'a dotted attribute name', plant: flow => { action(flow, 'say-none').Parameters['SSML'] = '<speak>$.Attributes.A.B</speak>' }, block: 'say-none', message: /exactly one name/ },
  { name: 'two prompts in one block', plant: flow => { action(flow, 'say-none').Parameters['SSML'] = '<speak>Hello</speak>' }, block: 'say-none', message: /exactly one of Text, SSML/ },
  { name: 'no error branch', plant: flow => { delete action(flow, 'bridge-none').Transitions.Errors }, block: 'bridge-none', message: /NoMatchingError leads nowhere/ },
  { name: 'no branch for silence', plant: flow => { action(flow, 'ask').Transitions.Errors?.shift() }, block: 'ask', message: /InputTimeLimitExceeded leads nowhere/ },
  { name: 'an error that cannot happen', plant: flow => { action(flow, 'say-none').Transitions.Errors?.push({ NextAction: 'hang-up', ErrorType: 'Busy' }) }, block: 'say-none', message: /Busy cannot happen/ },
  { name: 'a loop without its end', plant: flow => { action(flow, 'once-more').Transitions.Conditions?.pop() }, block: 'once-more', message: /DoneLooping is missing/ },
  { name: 'a key that is none', plant: flow => { const [first] = action(flow, 'ask').Transitions.Conditions ?? []; if (first) first.Condition.Operands = ['12'] }, block: 'ask', message: /"12" is no key/ },
  { name: 'an unknown operator', plant: flow => { const [first] = action(flow, 'check').Transitions.Conditions ?? []; if (first) first.Condition.Operator = 'Matches' }, block: 'check', message: /operator "Matches"/ },
  { name: 'an unknown switch', plant: flow => { action(flow, 'log').Parameters['FlowLoggingBehavior'] = 'On' }, block: 'log', message: /Enabled, Disabled/ },
  { name: 'transitions of a terminal block', plant: flow => { action(flow, 'hang-up').Transitions = { NextAction: 'log' } }, block: 'hang-up', message: /terminal/ },
  { name: 'a block that cannot be run here', plant: flow => { action(flow, 'say-none').Type = 'UpdateFlowAttributes' }, block: 'say-none', message: /"UpdateFlowAttributes" is Amazon Connect's; it is not checked/ },
  { name: 'stored input without validation', plant: flow => { action(flow, 'ask').Parameters['StoreInput'] = 'True' }, block: 'ask', message: /InputValidation is missing/ },
  { name: 'a block that nothing leads to', plant: flow => { flow.Actions.push({ Identifier: 'island', Type: 'DisconnectParticipant', Parameters: {}, Transitions: {} }) }, block: 'island', message: /nothing leads here/ },
  {
    name: 'too many blocks',
    plant: flow => { for (let n = 0; n < 250; n++) flow.Actions.push({ Identifier: `n${n}`, Type: 'DisconnectParticipant', Parameters: {}, Transitions: {} }) },
    message: /more than 250/
  }
]

for (const { name, plant, block, message } of faults) {
  t.test(`lintFlow finds ${name}`, async t => {
    const flow = readCardFraudFlow() as FlowFile
    plant(flow)
    const problems = lintFlow(flow)
    t.ok(problems.some(problem => message.test(problem.message) && (block === undefined || problem.block === block)), JSON.stringify(problems))
    t.throws(() => parseFlow(flow), message)
  })
}

t.test('lintFlow survives anything that is no flow', async t => {
  for (const document of [null, 1, 'x', [], {}, { Actions: [1] }, { Version: '2019-10-30', StartAction: 'a', Actions: [{ Identifier: 'a' }] }]) {
    t.ok(lintFlow(document).length > 0)
  }
})
