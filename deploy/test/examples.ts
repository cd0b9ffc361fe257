/** What somebody has to say who takes everything else as it comes: a new VPC, a new instance, a new number, no text messages, the embedded scorer. */
export const EVERYTHING_NEW: Record<string, string> = {
  ImageUri: '123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/ringfence:0.1.0',
  DomainName: 'ringfence.example.com',
  CertificateArn: 'arn:aws:acm:eu-central-1:123456789012:certificate/11111111-2222-3333-4444-555555555555',
  Institution: 'Example Bank',
  ApiKeys: '[{"name":"core","sha256":"0f343b0931126a20f133d67c2b018a3b5a2f7a1d2f7c4bb5ed1d2b3c6f6d8f1a","scopes":["transactions:write","cases:read"]}]',
  ConnectInstanceAlias: 'example-bank-cards'
}

export const EXISTING_VPC: Record<string, string> = {
  VpcId: 'vpc-0123456789abcdef0',
  PrivateSubnetIds: 'subnet-0123456789abcdef0,subnet-0123456789abcdef1,subnet-0123456789abcdef2',
  LoadBalancerSubnetIds: 'subnet-0123456789abcdef3,subnet-0123456789abcdef4'
}

export const EXISTING_INSTANCE: Record<string, string> = { ConnectInstanceArn: 'arn:aws:connect:eu-central-1:123456789012:instance/aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee', ConnectInstanceAlias: '' }

export const EXISTING_NUMBER: Record<string, string> = { SourcePhoneNumber: '+18005550100' }

export const TEXT_MESSAGES: Record<string, string> = { SmsNumberArn: 'arn:aws:connect:eu-central-1:123456789012:phone-number/22222222-3333-4444-8555-666666666666' }

export const SAGEMAKER: Record<string, string> = { Scorer: 'sagemaker', SageMakerEndpoint: 'card-fraud', SageMakerFeatures: 'amount,currency,hour' }

/** Every way to take one of each. */
export function combinations<T> (...choices: ReadonlyArray<readonly T[]>): T[][] {
  return choices.reduce<T[][]>((before, these) => before.flatMap((some) => these.map((one) => [...some, one])), [[]])
}
