import { CfnParameter, type CfnParameterProps, type Stack } from 'aws-cdk-lib'

/** What whoever deploys says, as tokens of the template. */
export type Parameters = ReturnType<typeof createParameters>

type Limits = { min: number, max: number } | { values: number[] }

const ARN = 'arn:aws[a-z-]*'
/** One of the list, in the order in which `ringfence key create` prints it. */
const API_KEY = '\\{ *"name" *: *"[A-Za-z0-9._-]{1,40}" *, *"sha256" *: *"[0-9a-f]{64}" *, *"scopes" *: *\\[ *"[a-z]+:[a-z]+"( *, *"[a-z]+:[a-z]+")* *\\] *\\}'
const SUBNET = 'subnet-[0-9a-f]{8,17}'
/** How many tasks may be asked for: few enough for a rule that keeps the least from being more than the most. */
export const TASK_COUNTS = [2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 30, 40, 50, 75, 100]
const NAME = '^[0-9a-z_-]{1,64}$'
const SCORE = '^(|[0-9]{1,3}|1000)$'

/** The template's parameters in the groups of the console's form; `''` stands for "make one" or "without it". */
export function createParameters (stack: Stack) {
  const groups: Array<{ label: string, names: string[] }> = []
  const group = (label: string) => { groups.push({ label, names: [] }) }
  const parameter = (name: string, props: CfnParameterProps) => {
    groups.at(-1)?.names.push(name)
    return new CfnParameter(stack, name, props)
  }
  const text = (name: string, description: string, pattern: string, expected: string, fallback?: string) => parameter(name, {
    type: 'String', description, allowedPattern: pattern, constraintDescription: `${name} must be ${expected}.`, ...fallback === undefined ? {} : { default: fallback }
  }).valueAsString
  const choice = (name: string, description: string, values: string[]) => parameter(name, {
    type: 'String', description, allowedValues: values, default: values[0]!, constraintDescription: `${name} must be ${values.join(' or ')}.`
  }).valueAsString
  const number = (name: string, description: string, fallback: number, limits: Limits) => parameter(name, {
    type: 'Number',
    description,
    // As a text, as the allowed values are: else cfn-lint takes them for different.
    default: String(fallback),
    ...'values' in limits
      ? { allowedValues: limits.values.map(String), constraintDescription: `${name} must be one of ${limits.values.join(', ')}.` }
      : { minValue: limits.min, maxValue: limits.max, constraintDescription: `${name} must be ${limits.min} to ${limits.max}.` }
  })
  const whole = (name: string, description: string, fallback: number, limits: Limits) => number(name, description, fallback, limits).valueAsNumber
  /** For the environment, where all is text. */
  const digits = (name: string, description: string, fallback: number, limits: Limits) => number(name, description, fallback, limits).valueAsString
  // A list of CloudFormation's own has no limit that one alone would break: with a text, one subnet is refused before a thing is made.
  const subnets = (name: string, description: string) => text(name, description, `^(|${SUBNET}(,${SUBNET})+)$`, 'empty or two ids of subnets or more, separated by commas', '')

  group('Service')
  const service = {
    imageUri: text('ImageUri', 'The image in Amazon ECR, with tag or digest; docs/deploy.md tells how to push it.', '^[0-9]{12}\\.dkr\\.ecr\\.[a-z0-9-]+\\.amazonaws\\.com/[a-z0-9][a-z0-9._/-]*(:[A-Za-z0-9._-]{1,128}|@sha256:[0-9a-f]{64})$', 'an image of Amazon ECR with its tag or digest'),
    architecture: choice('Architecture', 'The processor that the image was built for.', ['X86_64', 'ARM64']),
    institution: text('Institution', 'The name that a call and a text message begin with.', '^.*[A-Za-z0-9].*[A-Za-z0-9].*$', 'a name with two letters or digits'),
    apiKeys: text('ApiKeys', 'JSON list of who may call the API, as `ringfence key create` prints it: names, hashes and scopes, never a key.', `^\\[ *${API_KEY}( *, *${API_KEY})* *\\]$`, 'a JSON list of objects of name, sha256 and scopes, in this order'),
    minTasks: whole('MinTasks', 'So many tasks run at least, spread over the availability zones.', 2, { values: TASK_COUNTS }),
    maxTasks: whole('MaxTasks', 'So many tasks run at most, no fewer than MinTasks.', 6, { values: TASK_COUNTS }),
    cpu: whole('TaskCpu', 'CPU units of a task; 1024 are one.', 512, { values: [256, 512, 1024, 2048, 4096] }),
    memoryMiB: whole('TaskMemory', 'Memory of a task in MiB; AWS Fargate takes twice to four times the CPU units, and a few more.', 1024, { values: [512, 1024, 2048, 4096, 8192] }),
    logRetentionDays: whole('LogRetentionDays', 'How long logs are kept.', 90, { values: [7, 14, 30, 60, 90, 180, 365, 400, 731, 1827, 3653] }),
    secretsRevision: whole('SecretsRevision', 'Raise it by one after changing a secret by hand: the bridge and the tasks then take the new one.', 1, { min: 1, max: 1_000_000 }),
    alarmEmail: text('AlarmEmail', 'Who is told of alarms; empty: nobody subscribes.', '^(|[^@\\s]+@[^@\\s]+\\.[^@\\s]+)$', 'empty or an e-mail address', '')
  }
  group('Front door')
  const frontDoor = {
    domainName: text('DomainName', 'The name of the service, which the certificate covers.', '^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}$', 'a domain name such as ringfence.example.com'),
    certificateArn: text('CertificateArn', 'The certificate in AWS Certificate Manager, of this region.', `^${ARN}:acm:[a-z0-9-]+:[0-9]{12}:certificate/[A-Za-z0-9-]+$`, 'the ARN of a certificate'),
    hostedZoneId: text('HostedZoneId', 'The hosted zone of Amazon Route 53 that gets the record of DomainName; empty: no record is made.', '^(|Z[A-Z0-9]{1,31})$', 'empty or the id of a hosted zone', ''),
    exposure: choice('Exposure', 'Whether the load balancer can be reached from the internet.', ['internal', 'internet-facing']),
    allowedCidr: text('AllowedCidr', 'The addresses that may call the service.', '^([0-9]{1,3}\\.){3}[0-9]{1,3}/([0-9]|[12][0-9]|3[0-2])$', 'a block of IPv4 addresses such as 10.0.0.0/8', '10.0.0.0/8'),
    deletionProtection: choice('DeletionProtection', 'Whether the load balancer refuses to be deleted.', ['true', 'false']),
    accessLogBucket: text('AccessLogBucket', "The S3 bucket of the load balancer's access logs; empty: none are written.", '^(|[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])$', 'empty or the name of a bucket', '')
  }
  group('Network')
  const network = {
    vpcId: text('VpcId', 'The VPC to use; empty: one is made.', '^(|vpc-[0-9a-f]{8,17})$', 'empty or the id of a VPC', ''),
    privateSubnetIds: subnets('PrivateSubnetIds', 'With VpcId: subnets for tasks and the bridge in two availability zones or more, with a way out to AWS.'),
    loadBalancerSubnetIds: subnets('LoadBalancerSubnetIds', 'With VpcId: subnets for the load balancer in two availability zones or more, public ones if it is internet-facing.'),
    vpcCidr: text('VpcCidr', 'Without VpcId: the addresses of the VPC that is made.', '^([0-9]{1,3}\\.){3}[0-9]{1,3}/(1[6-9]|20)$', 'a block of IPv4 addresses of /16 to /20', '10.86.0.0/16'),
    natGateways: whole('NatGateways', 'Without VpcId: one NAT gateway for all, or one for each of the two availability zones.', 1, { values: [1, 2] })
  }
  group('Amazon Connect')
  const connect = {
    connectInstanceArn: text('ConnectInstanceArn', 'The instance to use; empty: one is made.', `^(|${ARN}:connect:[a-z0-9-]+:[0-9]{12}:instance/[0-9a-f-]{36})$`, 'empty or the ARN of an instance', ''),
    connectInstanceAlias: text('ConnectInstanceAlias', 'Without ConnectInstanceArn: the name of the instance that is made, unique in the world.', '^(|[a-z0-9]([a-z0-9-]{0,60}[a-z0-9])?)$', 'empty or up to 62 letters, digits and dashes', ''),
    sourcePhoneNumber: text('SourcePhoneNumber', 'The caller id, a number claimed in the instance, as +18005550100; empty: one is claimed.', '^(|\\+[1-9][0-9]{1,14})$', 'empty or an E.164 number', ''),
    phoneNumberCountry: text('PhoneNumberCountry', 'Without SourcePhoneNumber: the country of the number that is claimed.', '^[A-Z]{2}$', 'two capital letters', 'US'),
    phoneNumberType: choice('PhoneNumberType', 'Without SourcePhoneNumber: a local number or a toll-free one.', ['DID', 'TOLL_FREE']),
    smsNumberArn: text('SmsNumberArn', 'The number in Amazon Connect that sends text messages; empty: none are sent.', `^(|${ARN}:connect:[a-z0-9-]+:[0-9]{12}:phone-number/[A-Za-z0-9-]{1,100})$`, 'empty or the ARN of a phone number in Amazon Connect', ''),
    lexDigitUtterances: choice('LexDigitUtterances', 'With SmsNumberArn: whether 1 and 2 are sample utterances of the bot, beside the words for them; no, should Amazon Lex refuse them.', ['yes', 'no']),
    callsPerSecond: text('CallsPerSecond', "Contacts started a second; the instance's own quota is 2 at first.", '^(0\\.[0-9]{0,2}[1-9]|[1-9][0-9]{0,2}(\\.[0-9]{1,3})?)$', 'a number above 0, below 1000', '2'),
    maxLiveCalls: digits('MaxLiveCalls', "Calls under way at the same time; the instance's own quota is 10 at first.", 10, { min: 1, max: 2000 })
  }
  group('Scorer')
  const scorer = {
    scorer: choice('Scorer', 'Who scores: the model in the image, Amazon Fraud Detector (closed to new customers), or an endpoint of Amazon SageMaker.', ['embedded', 'frauddetector', 'sagemaker']),
    detectorName: text('DetectorName', 'With frauddetector: the detector.', NAME, '1 to 64 of a-z, 0-9, _ and -', 'card_fraud'),
    eventType: text('EventType', 'With frauddetector: the event type.', NAME, '1 to 64 of a-z, 0-9, _ and -', 'card_fraud_transaction'),
    entityType: text('EntityType', 'With frauddetector: the entity type of a cardholder.', NAME, '1 to 64 of a-z, 0-9, _ and -', 'customer'),
    fraudDetectorResources: choice('FraudDetectorResources', 'With frauddetector: create the event type and what it is made of, or leave all to existing ones (of those names, made by `ringfence detector deploy` before or after).', ['create', 'existing']),
    detectorFeedback: choice('DetectorFeedback', 'With frauddetector: whether answers of cardholders go back as event labels; the event type must store events.', ['false', 'true']),
    sageMakerEndpoint: text('SageMakerEndpoint', 'With sagemaker: the endpoint. In small letters, since its ARN is, and permissions are given to that.', '^(|[a-z0-9](-*[a-z0-9]){0,62})$', 'empty or 1 to 63 small letters, digits and dashes', ''),
    sageMakerFeatures: text('SageMakerFeatures', 'With sagemaker: event variables in the order of the model, separated by commas.', '^(|[A-Za-z_][A-Za-z0-9_]{0,63}(,[A-Za-z_][A-Za-z0-9_]{0,63}){0,499})$', 'empty or names, separated by commas', '')
  }
  // Patterns where a choice would do: with two choices more the CDK's validator gives up (W9052).
  group('Decisions and contacts')
  const policy = {
    // Empty by default: a service with a detector file refuses thresholds, which would decide nothing.
    fraudAbove: text('FraudAbove', 'Scores above this, of 0 to 1000, are fraud; empty: 860.', SCORE, 'empty or 0 to 1000', ''),
    investigateAbove: text('InvestigateAbove', 'Scores above this are investigate; no more than FraudAbove, or no task starts. Empty: 775.', SCORE, 'empty or 0 to 1000', ''),
    investigateOpensCase: text('InvestigateOpensCase', 'Whether the cardholder is asked at investigate, too.', '^(true|false)$', 'true or false', 'false'),
    ladder: text('Ladder', 'Contacts of a case: channel, and seconds after the one before, as voice:0,voice:3600; a step of sms needs SmsNumberArn. Empty: voice:0,sms:300,voice:10800.', '^(|(voice|sms):[0-9]{1,7}(,(voice|sms):[0-9]{1,7}){0,2})$', 'empty or up to three steps such as voice:0,sms:300', ''),
    callingWindow: text('CallingWindow', "When people may be called, by the cardholder's own clock; empty: 08:00-21:00.", '^(|always|([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00))$', 'empty, always, or a window such as 08:00-21:00', ''),
    caseHours: digits('CaseHours', 'How long a case stays open at most.', 72, { min: 1, max: 720 }),
    nobodyReached: text('NobodyReached', 'What becomes of the card when nobody answers: leave it as it is, or block it.', '^(leave|block)$', 'leave or block', 'leave'),
    defaultLanguage: text('DefaultLanguage', "What is spoken when there is nothing in the cardholder's language.", '^(en|de|es)$', 'en, de or es', 'en')
  }

  stack.templateOptions.metadata = {
    'AWS::CloudFormation::Interface': {
      ParameterGroups: groups.map(({ label, names }) => ({ Label: { default: label }, Parameters: names }))
    }
  }
  return { ...service, ...frontDoor, ...network, ...connect, ...scorer, ...policy }
}
