import { RemovalPolicy } from 'aws-cdk-lib'
import { AttributeType, BillingMode, ProjectionType, StreamViewType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb'
import { Construct } from 'constructs'

const text = (name: string) => ({ name, type: AttributeType.STRING })
const number = (name: string) => ({ name, type: AttributeType.NUMBER })

/** The keys of the indexes; a test compares them, and the table's, with what the service itself would create. */
const INDEXES = [
  { indexName: 'due', partitionKey: text('dueShard'), sortKey: number('dueAtMs') },
  { indexName: 'casesByCard', partitionKey: text('caseCardId'), sortKey: text('listedCaseId') },
  { indexName: 'casesByStatus', partitionKey: text('caseListStatus'), sortKey: text('listedCaseId') }
]

/**
 * The one table, which outlives the stack. It is of one region on purpose: everything rests on conditional writes of single items, and between the
 * replicas of a global table the last writer wins.
 */
export class RingfenceTable extends Construct {
  readonly table: Table
  readonly indexNames: readonly string[] = INDEXES.map(({ indexName }) => indexName)

  constructor (scope: Construct, id: string) {
    super(scope, id)
    this.table = new Table(this, 'Table', {
      partitionKey: text('pk'),
      sortKey: text('sk'),
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.AWS_MANAGED,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: 'expiresAt',
      stream: StreamViewType.NEW_AND_OLD_IMAGES,
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN
    })
    for (const index of INDEXES) this.table.addGlobalSecondaryIndex({ ...index, projectionType: ProjectionType.KEYS_ONLY })
  }
}
