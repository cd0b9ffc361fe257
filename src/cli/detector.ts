import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline/promises'
import { deployDetector } from '../detector/deploy-detector.ts'
import { destroyDetector } from '../detector/destroy-detector.ts'
import { DetectorError } from '../detector/detector-error.ts'
import { namesOf, type DetectorNames } from '../detector/detector-plan.ts'
import { findDetectorState, metricsIn } from '../detector/detector-state.ts'
import { toTrialEvent, type TrialTransaction } from '../detector/trial-event.ts'
import { VARIABLE_TYPES, type VariableType } from '../training-data/variable-type.ts'
import { UsageError, type Command, type GivenArguments, type Group } from './command.ts'
import { check, test } from './detector-file.ts'
import { runStory } from './detector-run.ts'
import { deployedText, destroyedText, metricsText, predictionText, profileText, stateText } from './detector-view.ts'
import { readPairs, readText, readWhole } from './option-values.ts'
import { findTrainingData } from './training-data-file.ts'

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/
const PERCENT = /^(?:\d{1,2})(?:\.\d{1,3})?$/

const NAME_OPTIONS = { detector: { type: 'string' }, model: { type: 'string' }, 'event-type': { type: 'string' }, 'entity-type': { type: 'string' } } as const
const NAME_DETAILS = `--detector     its name (default card_fraud)
--model        name of its model (default the detector's, - as _)
--event-type   name of its event type (default <detector>_transaction)
--entity-type  the entity type of a cardholder (default customer)`
const AWS_DETAILS = 'Region and credentials are those of the AWS SDK; AWS_ENDPOINT_URL_FRAUDDETECTOR and AWS_ENDPOINT_URL_S3 select simulators.'

const out = (text: string): void => { process.stdout.write(`${text}\n`) }

function readNames ({ values }: GivenArguments): DetectorNames {
  const { detector = 'card_fraud', model, 'event-type': eventType, 'entity-type': entityType } = values
  return namesOf(detector, {
    ...(model === undefined ? {} : { modelId: model }), ...(eventType === undefined ? {} : { eventType }), ...(entityType === undefined ? {} : { entityType })
  })
}

function readPrefix (text: string | undefined): string {
  const prefix = (text ?? 'ringfence').replace(/^\/+|\/+$/g, '')
  if (!/^[\w!.*'()/-]{0,500}$/.test(prefix)) throw new UsageError('--s3-prefix must be a folder of letters, digits and - _ . /')
  return prefix === '' ? '' : `${prefix}/`
}

function readTypes (text: string | undefined): Record<string, VariableType> {
  const pairs = text === undefined ? [] : Object.entries(readPairs('types', text))
  return Object.fromEntries(pairs.map(([name, word]) => {
    const type = VARIABLE_TYPES.find((one) => one === word)
    if (type === undefined) throw new UsageError(`--types knows no type "${word}"; there are ${VARIABLE_TYPES.join(', ')}`)
    return [name, type]
  }))
}

function readOutcomes (text: string | undefined): { approve: string, investigate: string, fraud: string } {
  const { approve = 'approve', investigate = 'investigate', fraud = 'fraud', ...others } = text === undefined ? {} : readPairs('outcomes', text)
  if (Object.keys(others).length > 0) throw new UsageError(`--outcomes names approve, investigate and fraud, not "${Object.keys(others).join(', ')}"`)
  return { approve, investigate, fraud }
}

const readPercent = (option: string, text: string): number => Number(readText(option, text, PERCENT, 'a percentage such as 3')) / 100
const readPollMs = (text: string | undefined): number => readWhole('poll-seconds', text ?? '30', { min: 1, max: 3600 }) * 1000

const deploy: Command = {
  summary: 'build, train and activate a detector in Amazon Fraud Detector; again, to go on or to change it',
  usage: '--data training.csv[.gz] --bucket NAME --role-arn ARN [options]',
  details: `--data         a CSV with EVENT_LABEL, EVENT_TIMESTAMP and a column for each variable; \`ringfence model generate\` makes one to try
--bucket       the S3 bucket that the data go to
--role-arn     the role with which Amazon Fraud Detector reads the bucket
--s3-prefix    the folder within the bucket (default ringfence)
${NAME_DETAILS}
--types        types of variables, where the guess is wrong: column=TYPE,…
--not-cards    columns of long numbers that you know to be no card numbers, separated by commas; other columns like it are refused
--fraud-labels labels that mean fraud, separated by commas (default told by the name, else the rarer of two)
--outcomes     the detector's own words: fraud=deny,investigate=review,approve=allow
--fraud-fpr, --investigate-fpr  percent of legitimate transactions that may be taken for it (default 3 and 5)
--retrain      train a new version when the data are new or the last training failed; it takes over when it is ready
--reactivate   make an older detector version active again although a later one is
--no-wait      do not wait for the training; the same command later goes on
--poll-seconds how often to look while waiting (default 30)

${AWS_DETAILS}`,
  options: {
    data: { type: 'string' },
    bucket: { type: 'string' },
    'role-arn': { type: 'string' },
    's3-prefix': { type: 'string' },
    ...NAME_OPTIONS,
    types: { type: 'string' },
    'not-cards': { type: 'string' },
    'fraud-labels': { type: 'string' },
    outcomes: { type: 'string' },
    'fraud-fpr': { type: 'string' },
    'investigate-fpr': { type: 'string' },
    retrain: { type: 'boolean' },
    reactivate: { type: 'boolean' },
    'no-wait': { type: 'boolean' },
    'poll-seconds': { type: 'string' }
  },
  async run (given) {
    const { values, flags } = given
    const request = {
      names: readNames(given),
      sharesEventType: values['event-type'] !== undefined,
      bucket: readText('bucket', values['bucket'], BUCKET, 'the name of an S3 bucket'),
      roleArn: readText('role-arn', values['role-arn'], ROLE_ARN, 'the ARN of a role, arn:aws:iam::…:role/…'),
      prefix: readPrefix(values['s3-prefix']),
      types: readTypes(values['types']),
      notCards: values['not-cards']?.split(',').map((name) => name.trim()) ?? [],
      fraudLabels: values['fraud-labels']?.split(',').map((label) => label.trim()),
      outcomes: readOutcomes(values['outcomes']),
      falsePositiveRates: { fraud: readPercent('fraud-fpr', values['fraud-fpr'] ?? '3'), investigate: readPercent('investigate-fpr', values['investigate-fpr'] ?? '5') },
      retrain: flags.has('retrain'),
      reactivate: flags.has('reactivate'),
      wait: !flags.has('no-wait'),
      pollMs: readPollMs(values['poll-seconds'])
    }
    const open = await findTrainingData(readText('data', values['data'], /^.+$/, 'a CSV file'))
    await runStory(async ({ progress, signal, ...tools }) => {
      const show = (text: string): void => {
        progress.clear()
        out(`${text}\n`)
      }
      const deployed = await deployDetector({
        ...tools,
        showProfile: (profile, plan, findings) => { show(profileText(profile, plan, findings)) },
        showMetrics: (metrics, thresholds, modelVersion) => { show(metricsText(metrics, modelVersion, thresholds)) }
      }, { ...request, openData: () => open(signal) })
      progress.clear()
      out(`\n${deployedText(deployed)}`)
    })
  }
}

const status: Command = {
  summary: 'show what of a detector exists in Amazon Fraud Detector',
  usage: '[--detector NAME] [--json]',
  details: `${NAME_DETAILS}\n--json         all of it, for programs\n\n${AWS_DETAILS}`,
  options: { ...NAME_OPTIONS, json: { type: 'boolean' } },
  async run (given) {
    const names = readNames(given)
    await runStory(async ({ builder }) => {
      const state = await findDetectorState(builder, names)
      out(given.flags.has('json') ? JSON.stringify(state, null, 2) : stateText(state, names))
    })
  }
}

const metrics: Command = {
  summary: 'show how good its model in Amazon Fraud Detector is',
  usage: '[--detector NAME] [--version 1.0] [--json]',
  details: `${NAME_DETAILS}\n--version      of the model (default the one behind the active detector version, else the newest)\n--json         every point, for programs\n\n${AWS_DETAILS}`,
  options: { ...NAME_OPTIONS, version: { type: 'string' }, json: { type: 'boolean' } },
  async run (given) {
    const names = readNames(given)
    await runStory(async ({ builder }) => {
      const { version, metrics } = metricsIn(await findDetectorState(builder, names), names.modelId, given.values['version'])
      out(given.flags.has('json') ? JSON.stringify({ modelVersion: version, ...metrics }, null, 2) : metricsText(metrics, version))
    })
  }
}

const predict: Command = {
  summary: 'ask the detector in Amazon Fraud Detector about one event',
  usage: '--transaction transaction.json | --variables name=value,…',
  details: `--transaction  a JSON file as POST /v1/transactions takes it; the card stays here
--variables    the event's variables
${NAME_DETAILS}
--version      of the detector (default the active one)
--json         for programs

The event is stored under an id of its own, as every prediction of an event type that stores its events.
${AWS_DETAILS}`,
  options: { ...NAME_OPTIONS, transaction: { type: 'string' }, variables: { type: 'string' }, version: { type: 'string' }, json: { type: 'boolean' } },
  async run (given) {
    const { transaction, variables, version } = given.values
    if ((transaction === undefined) === (variables === undefined)) throw new UsageError('either --transaction or --variables is needed')
    if (version !== undefined && !/^[1-9]\d{0,4}$/.test(version)) throw new UsageError(`--version must be a whole number from 1, not "${version}"`)
    const trial = transaction === undefined ? { variables: readPairs('variables', variables ?? '') } : await readTransaction(transaction)
    const names = readNames(given)
    await runStory(async ({ builder }) => {
      const { detector, eventType } = await findDetectorState(builder, names)
      if (detector === undefined || eventType === undefined) throw new DetectorError('missing', `There is no detector ${names.detectorId}.`)
      const { event, leftOut } = toTrialEvent(trial, { eventType, eventId: `trial-${randomUUID()}`, nowMs: Date.now() })
      const prediction = await builder.predict(detector.detectorId, version, event)
      out(given.flags.has('json') ? JSON.stringify({ ...prediction, event, leftOut }, null, 2) : predictionText(prediction, event.eventId, leftOut))
    })
  }
}

async function readTransaction (path: string): Promise<TrialTransaction> {
  const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
  let body: unknown
  try {
    body = JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    // The parser's own words may repeat the card number.
    throw new UsageError(`--transaction ${path} cannot be read as JSON`, { cause: error })
  }
  if (!isObject(body)) throw new UsageError(`--transaction ${path} is no JSON object`)
  const { customerId, occurredAt, amount, variables } = body
  if (occurredAt !== undefined && (typeof occurredAt !== 'string' || Number.isNaN(Date.parse(occurredAt)))) throw new UsageError(`--transaction ${path}: occurredAt is no time`)
  if (isObject(variables) && !Object.values(variables).every((value) => value === null || typeof value === 'string')) throw new UsageError(`--transaction ${path}: variables must be texts`)
  return {
    ...(typeof customerId === 'string' ? { customerId } : {}),
    ...(occurredAt === undefined ? {} : { occurredAt }),
    ...(isObject(amount) && Number.isSafeInteger(amount['value']) && typeof amount['currency'] === 'string' ? { amount: { value: Number(amount['value']), currency: amount['currency'] } } : {}),
    ...(isObject(variables) ? { variables: variables as Record<string, string | null> } : {})
  }
}

const destroy: Command = {
  summary: 'delete a detector in Amazon Fraud Detector, its model and all that only it uses',
  usage: '[--detector NAME] [--yes] [--data-too --bucket NAME]',
  details: `--yes          do not ask
--data-too     the training data in S3 as well; needs --bucket
--bucket       the S3 bucket of the training data
--s3-prefix    the folder within the bucket (default ringfence)
${NAME_DETAILS}
--poll-seconds how often to look while waiting (default 30)

The stored events go with their event type. Variables, labels, entity types and outcomes that others use or made are kept, and named.
The exit code is 1 when something of this detector's own is left. ${AWS_DETAILS}`,
  options: { ...NAME_OPTIONS, yes: { type: 'boolean' }, 'data-too': { type: 'boolean' }, bucket: { type: 'string' }, 's3-prefix': { type: 'string' }, 'poll-seconds': { type: 'string' } },
  async run (given) {
    const { values, flags } = given
    const names = readNames(given)
    const data = flags.has('data-too') ? { bucket: readText('bucket', values['bucket'], BUCKET, 'the name of an S3 bucket'), prefix: readPrefix(values['s3-prefix']) } : undefined
    const pollMs = readPollMs(values['poll-seconds'])
    if (!flags.has('yes') && !await confirms(names.detectorId)) {
      out('Nothing was deleted.')
      process.exitCode = 1
      return
    }
    await runStory(async ({ progress, ...tools }) => {
      const destroyed = await destroyDetector(tools, { names, data, pollMs })
      progress.clear()
      out(destroyedText(destroyed, names))
      if (destroyed.left.length > 0) process.exitCode = 1
    })
  }
}

async function confirms (detectorId: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new UsageError('without a terminal to ask on, --yes is needed')
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  // Ctrl-C and Ctrl-D close the terminal, and the question would never end.
  const typed = await Promise.race([
    terminal.question(`This deletes the detector ${detectorId}, its model and its stored events.\nType its name to go on: `),
    once(terminal, 'close').then(() => '')
  ])
  terminal.close()
  return typed.trim() === detectorId
}

/** `ringfence detector …`. */
export const detector: Group = {
  summary: 'check and try a detector file; build, train, try and clear away a detector in Amazon Fraud Detector',
  commands: { check, test, deploy, status, metrics, predict, destroy }
}
