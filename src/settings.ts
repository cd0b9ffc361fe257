import { Type, type TString } from '@sinclair/typebox'
import { DEFAULT_POLICY } from './domain/policy.ts'

const setting = (description: string, fallback: string | undefined, pattern: string, expected: string): TString =>
  Type.String({ description, pattern, expected, ...(fallback === undefined ? {} : { default: fallback }) })
const whole = (description: string, fallback: string) => setting(description, fallback, '^[0-9]{1,9}$', 'a whole number')
const flag = (description: string, fallback: string) => setting(description, fallback, '^(true|false)$', '`true` or `false`')
const text = (description: string, fallback?: string) => setting(description, fallback, '^.+$', 'some text')
const secret = (description: string) => setting(description, undefined, '^.{32,}$', 'at least 32 characters')

/** Every setting: its name in the environment, what it means, its default. The README's table is compared with this by a test. */
export const EnvironmentSchema = Type.Object({
  NODE_ENV: setting('`production` refuses local stand-ins, default keys and missing secrets', 'development', '^(production|development|test)$', '`production`, `development` or `test`'),
  RINGFENCE_MODE: setting('`local` brings everything along; `service` uses AWS, or what the `AWS_ENDPOINT_URL_*` name. Unset: `service` in production, else `local`', undefined, '^(local|service)$', '`local` or `service`'),
  HOST: text('Address to listen on', '127.0.0.1'),
  PORT: whole('Port of the API; 0 for any', '3000'),
  RINGFENCE_LOG_LEVEL: setting('How much is logged', 'info', '^(fatal|error|warn|info|debug|trace|silent)$', 'a pino level'),
  RINGFENCE_DOCS: flag('Swagger UI at `/docs`', 'true'),
  RINGFENCE_METRICS: flag('Prometheus metrics at `/metrics`', 'true'),
  RINGFENCE_API_KEYS: text('JSON: `[{"name": …, "sha256": …, "scopes": […]}]`; `ringfence key create` makes one'),
  RINGFENCE_TOKENISATION_KEY: secret('Turns card numbers into card ids; must never change; 32 characters or more'),
  RINGFENCE_BRIDGE_SECRET: secret('Shared with the bridge; signs what it posts; 32 characters or more'),
  RINGFENCE_TABLE: text('DynamoDB table', 'ringfence'),
  RINGFENCE_CREATE_TABLE: flag('Create the table at start when it is missing; for local engines', 'false'),
  RINGFENCE_SAMPLE_CUSTOMER: setting("Load the sample's cardholder at start unless it is there. Unset: `true` in local mode, else `false`; refused in production", undefined, '^(true|false)$', '`true` or `false`'),
  RINGFENCE_STORE_TIMEOUT_MS: whole('Deadline of one store call, retries included', '2000'),
  RINGFENCE_DATA_DIR: text('Files of the embedded store in local mode', './data'),
  RINGFENCE_MODEL: text("Card of the embedded scorer's model", 'models/card-fraud-1.json'),
  RINGFENCE_SCORER: setting('Who scores: the `embedded` model, `frauddetector` or `sagemaker`', 'embedded', '^(embedded|frauddetector|sagemaker)$', '`embedded`, `frauddetector` or `sagemaker`'),
  RINGFENCE_SCORE_TIMEOUT_MS: whole('Deadline of a score, its one retry included', '300'),
  RINGFENCE_SCORER_FALLBACK: setting('Who decides when no score can be had in time: the `embedded` model, or one outcome for all; the reply says `degraded`. Unset: `embedded` behind another scorer, else `investigate`', undefined, '^(embedded|approve|investigate|fraud)$', '`embedded`, `approve`, `investigate` or `fraud`'),
  RINGFENCE_BREAKER_FAILURE_PERCENT: setting('So many failed scores in 10 s, of at least 10, and the scorer is not asked for a while', '50', '^([1-9][0-9]?|100)$', '1 to 100'),
  RINGFENCE_BREAKER_RESET_MS: whole('How long a failing scorer is left alone before one transaction tries it again', '5000'),
  RINGFENCE_FD_DETECTOR: setting('Amazon Fraud Detector: the detector', undefined, '^[0-9a-z_-]{1,64}$', '1 to 64 of a-z, 0-9, _ and -'),
  RINGFENCE_FD_DETECTOR_VERSION: setting('Its version; unset: the active one', undefined, '^[1-9][0-9]{0,4}$', 'a whole number from 1'),
  RINGFENCE_FD_EVENT_TYPE: setting('Its event type', undefined, '^[0-9a-z_-]{1,64}$', '1 to 64 of a-z, 0-9, _ and -'),
  RINGFENCE_FD_ENTITY_TYPE: setting('The entity type of a cardholder', 'customer', '^[0-9a-z_-]{1,64}$', '1 to 64 of a-z, 0-9, _ and -'),
  RINGFENCE_FD_OUTCOMES: setting("The detector's outcomes, mildest first, and what each means here", 'approve=approve,investigate=investigate,fraud=fraud', '^[0-9a-z_-]{1,64}=(approve|investigate|fraud)(,[0-9a-z_-]{1,64}=(approve|investigate|fraud))*$', 'pairs such as `review=investigate,deny=fraud`'),
  RINGFENCE_FD_NO_MATCH: setting('Outcome when no rule of the detector matches', 'approve', '^(approve|investigate|fraud)$', '`approve`, `investigate` or `fraud`'),
  RINGFENCE_FD_SCORE: setting('Which score is told, of several models or of an imported one: its name in the reply. Unset: the highest insight score', undefined, '^[0-9A-Za-z_-]{1,64}$', 'a name such as `card_model_insightscore`'),
  RINGFENCE_FD_STAND_INS: setting('Event variables that are filled from the transaction itself when the caller did not send them. Unset: none, since a detector may refuse variables that its event type lacks', undefined, '^(amount=[0-9a-z_-]{1,64}(,currency=[0-9a-z_-]{1,64})?|currency=[0-9a-z_-]{1,64})$', 'pairs such as `amount=transaction_amt,currency=currency`'),
  RINGFENCE_FD_FEEDBACK: flag("Whether the cardholder's answers go back as event labels", 'false'),
  RINGFENCE_FD_LABELS: setting('The labels of the two answers', 'fraud=fraud,genuine=legit', '^fraud=[0-9a-z_-]{1,64},genuine=[0-9a-z_-]{1,64}$', '`fraud=<label>,genuine=<label>`'),
  RINGFENCE_SAGEMAKER_ENDPOINT: setting('SageMaker: the endpoint', undefined, '^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$', '1 to 63 letters, digits and dashes'),
  RINGFENCE_SAGEMAKER_FORMAT: setting('How features are sent: one row of `csv`, or a `json` object by name', 'csv', '^(csv|json)$', '`csv` or `json`'),
  RINGFENCE_SAGEMAKER_FEATURES: setting('Event variables in the order of the model; also `amount`, `currency`, `hour` and `weekday` (UTC)', undefined, '^[A-Za-z_][A-Za-z0-9_]{0,63}(,[A-Za-z_][A-Za-z0-9_]{0,63}){0,499}$', 'names, separated by commas'),
  RINGFENCE_SAGEMAKER_RESPONSE: setting('Where the prediction stands: `csv:<column from 0>` or `json:<JSON pointer>`', 'csv:0', '^(csv:[0-9]{1,3}|json:(/[^,]{0,200})?)$', '`csv:0` or `json:/predictions/0/score`'),
  RINGFENCE_SAGEMAKER_SCALE: setting("From the model's prediction to a score of 0 to 1000: pairs between which lines are drawn", '0=0,1=1000', '^-?[0-9]+(\\.[0-9]+)?=[0-9]{1,4}(,-?[0-9]+(\\.[0-9]+)?=[0-9]{1,4})+$', 'pairs such as `0=0,0.2=860,1=1000`'),
  RINGFENCE_FRAUD_ABOVE: whole('Scores above this are `fraud`', String(DEFAULT_POLICY.thresholds.fraudAbove)),
  RINGFENCE_INVESTIGATE_ABOVE: whole('Scores above this are `investigate`', String(DEFAULT_POLICY.thresholds.investigateAbove)),
  RINGFENCE_INVESTIGATE_OPENS_CASE: flag('Whether `investigate` opens a case', String(DEFAULT_POLICY.investigateOpensCase)),
  RINGFENCE_LUHN_CHECK: flag('Refuse card numbers that fail the Luhn check', 'false'),
  RINGFENCE_INSTITUTION: text('Name that the call begins with'),
  RINGFENCE_LADDER: setting('Contacts of a case: channel, and seconds after the one before. Unset: `voice:0,sms:300,voice:10800`, in local mode `voice:0,voice:20,voice:20`', undefined, '^(voice|sms):[0-9]{1,7}(,(voice|sms):[0-9]{1,7}){0,2}$', 'up to three steps such as `voice:0,sms:300`'),
  RINGFENCE_CALLING_WINDOW: setting('When people may be called, by their own clock; `always` rings at once. Unset: `08:00-21:00`, in local mode `always`', undefined, '^(always|([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00))$', '`always` or a window such as `08:00-21:00`'),
  RINGFENCE_QUIET_MINUTES: whole('How long the answer `genuine` covers a card', '60'),
  RINGFENCE_QUIET_SCORE_MARGIN: whole('A score higher by more than this opens a case all the same', String(DEFAULT_POLICY.quietScoreMargin)),
  RINGFENCE_CASE_HOURS: setting('How long a case stays open at most; then it ends as one that nobody answered', '72', '^([1-9][0-9]?|[1-6][0-9]{2}|7[01][0-9]|720)$', '1 to 720'),
  RINGFENCE_NOBODY_REACHED: setting('What becomes of the card when nobody answers', DEFAULT_POLICY.nobodyReached, '^(leave|block)$', '`leave` or `block`'),
  RINGFENCE_PROMPTS: text('What calls and texts say, by language', 'contact-flow/prompts.json'),
  RINGFENCE_DEFAULT_LANGUAGE: setting("Language of the prompts when there are none in the cardholder's", 'en', '^[a-z]{2,3}$', 'two or three letters'),
  RINGFENCE_RING_SECONDS: setting('How long a phone rings', '45', '^(1[5-9]|[2-5][0-9]|60)$', '15 to 60'),
  RINGFENCE_ATTEMPT_SECONDS: setting('A contact that told nothing for so long is taken as ended', '240', '^[1-9][0-9]{1,4}$', '10 to 99999'),
  RINGFENCE_SMS_REPLY_MINUTES: setting('How long a text message waits for its reply', '60', '^([6-9][0-9]|[1-9][0-9]{2,3}|10080)$', '60 to 10080'),
  RINGFENCE_DIALER_INTERVAL_MS: setting('Pause of the dialer between two looks at what is due', '500', '^[1-9][0-9]{1,5}$', '10 to 999999'),
  RINGFENCE_DIALER_RATE: setting("Contacts started a second, by all replicas together; Amazon Connect's default quota is 2", '2', '^(0\\.[0-9]{0,2}[1-9]|[1-9][0-9]{0,2}(\\.[0-9]{1,3})?)$', 'a number above 0, below 1000'),
  RINGFENCE_DIALER_BURST: setting('Contacts started at once after a rest', '5', '^[1-9][0-9]{0,2}$', '1 to 999'),
  RINGFENCE_MAX_LIVE_CALLS: setting("Calls under way at the same time; Amazon Connect's default quota is 10", '10', '^[1-9][0-9]{0,3}$', '1 to 9999'),
  RINGFENCE_DIALER_LEASE_MS: setting('One replica dials; after this long without a sign of it another one does. Unset: `6000`, in local mode `1000`', undefined, '^([5-9][0-9]{2}|[1-9][0-9]{3,4})$', '500 to 99999'),
  RINGFENCE_DIALER_CONCURRENCY: setting('So many new contacts, calls under way and other due items the dialer works on at once, each', '16', '^[1-9][0-9]{0,2}$', '1 to 999'),
  RINGFENCE_CONNECT_INSTANCE_ID: text('Amazon Connect instance'),
  RINGFENCE_CONNECT_FLOW_ID: text('Contact flow, the last part of its ARN'),
  RINGFENCE_CONNECT_SOURCE_NUMBER: setting('Caller id, a number claimed in the instance', undefined, '^\\+[1-9][0-9]{1,14}$', 'an E.164 number'),
  RINGFENCE_CONNECT_SMS_FLOW_ID: text('Contact flow of text messages; without it the default ladder skips its `sms` step', undefined),
  RINGFENCE_CONNECT_SMS_NUMBER_ARN: setting('ARN of the number that sends text messages; without it the default ladder skips its `sms` step', undefined, '^arn:aws[a-z-]*:connect:[a-z0-9-]+:[0-9]{12}:phone-number/[A-Za-z0-9-]{1,100}$', 'the ARN of a phone number in Amazon Connect'),
  RINGFENCE_CONNECT_TIMEOUT_MS: whole('Deadline of one call to Amazon Connect', '5000'),
  RINGFENCE_SIMULATOR_PORT: whole('Port of the phone page in local mode; 0 for any', '4010'),
  RINGFENCE_SIMULATOR_SPEED: setting('How much faster than real time the phones of the local mode live; in service mode: those of the simulators, whose calls are given up as much sooner', '1', '^[1-9][0-9]{0,3}$', '1 to 9999'),
  RINGFENCE_FAILPOINT: setting('For proofs, refused in production: the process kills itself right after this step, for the n-th time', undefined, '^[a-z_]{1,40}(:[1-9][0-9]{0,4})?$', 'a step such as `submission_begun` or `contact_started:3`; CONTRIBUTING.md names them'),
  RINGFENCE_DRAIN_SECONDS: setting('After SIGTERM, how long until the process gives up and ends', '9', '^[1-9][0-9]{0,2}$', '1 to 999')
})

export type SettingName = keyof typeof EnvironmentSchema.properties
