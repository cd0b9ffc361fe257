import { RemovalPolicy } from 'aws-cdk-lib'
import { Secret, type ISecret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import { acknowledge } from './acknowledge.ts'

/** Letters and digits only: 64 of them hold 380 random bits, and no shell or header trips over one. */
const LENGTH = 64

/** What nobody has to think up; both outlive the stack, unless its very creation fails. */
export class Secrets extends Construct {
  /** Turns card numbers into card ids. With another one every card would be a stranger. */
  readonly tokenisationKey: ISecret
  /** Signs what the bridge posts. */
  readonly bridgeSecret: ISecret

  constructor (scope: Construct, id: string) {
    super(scope, id)
    const generated = (name: string, description: string) => new Secret(this, name, {
      description, generateSecretString: { passwordLength: LENGTH, excludePunctuation: true }, removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
    })
    this.tokenisationKey = generated('TokenisationKey', 'Ringfence: turns card numbers into card ids. Must never change: keep a copy.')
    acknowledge(this.tokenisationKey, 'AwsSolutions-SMG4', 'It must never change: with another key no card that is stored would be found again.')
    this.bridgeSecret = generated('BridgeSecret', 'Ringfence: signs what the bridge posts to the service.')
    acknowledge(this.bridgeSecret, 'AwsSolutions-SMG4', 'Service and bridge must change together, and neither knows two secrets; it is changed by hand, see docs/deploy.md.')
  }
}
