import { Aws, Duration } from 'aws-cdk-lib'
import { Metric } from 'aws-cdk-lib/aws-cloudwatch'
import { CfnMetricFilter, type ILogGroup } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'

/**
 * Lines of the service's log that CloudWatch counts: by their text, which a test finds in the source, and by the field that tells them apart. The
 * service's own Prometheus metrics are richer, and are switched off here.
 */
export const COUNTED_LINES = {
  Decisions: { message: 'transaction decided', and: '$.replayed IS FALSE', by: ['Outcome', '$.outcome'] },
  Degraded: { message: 'transaction decided', and: '$.degraded IS TRUE' },
  Contacts: { message: 'contact submitted', by: ['Channel', '$.channel'] },
  ContactsNotStarted: { message: 'contact not started', or: 'contact may have started' },
  Answers: { message: 'answer settled', by: ['Answer', '$.answer'] },
  ContradictingAnswers: { message: 'contradicting answer refused' },
  ScorersLeftAlone: { message: 'scorer fails too often and is left alone' },
  ModelFindsLittle: { message: 'the model finds less than half of its variables in payments' },
  DialerPassesFailed: { message: 'dialer pass failed, trying again' },
  DueWorkFailed: { message: 'due work failed, it stays due' }
} as const satisfies Record<string, { message: string, or?: string, and?: string, by?: readonly [dimension: string, field: string] }>

export type CountedLine = keyof typeof COUNTED_LINES | 'Errors'

/** Pino's number for `error`. */
const ERROR_LEVEL = 50

/** Counts lines of the log, in a namespace of this stack's own. */
export class LogMetrics extends Construct {
  constructor (scope: Construct, id: string, logGroup: ILogGroup) {
    super(scope, id)
    const count = (name: string, filterPattern: string, by?: readonly [string, string]) => new CfnMetricFilter(this, name, {
      logGroupName: logGroup.logGroupName,
      filterPattern,
      metricTransformations: [{
        metricNamespace: NAMESPACE, metricName: name, metricValue: '1', unit: 'Count', ...by === undefined ? { defaultValue: 0 } : { dimensions: [{ key: by[0], value: by[1] }] }
      }]
    })
    count('Errors', `{ $.level >= ${ERROR_LEVEL} }`)
    for (const [name, line] of Object.entries<{ message: string, or?: string, and?: string, by?: readonly [string, string] }>(COUNTED_LINES)) {
      count(name, `{ $.msg = "${line.message}"${line.or === undefined ? '' : ` || $.msg = "${line.or}"`}${line.and === undefined ? '' : ` && ${line.and}`} }`, line.by)
    }
  }

  /** How often the line came, in each period of five minutes unless another is asked for. */
  of (metricName: CountedLine, dimensionsMap?: Record<string, string>, period = Duration.minutes(5)): Metric {
    return new Metric({ namespace: NAMESPACE, metricName, statistic: 'Sum', period, ...dimensionsMap === undefined ? {} : { dimensionsMap } })
  }
}

const NAMESPACE = `Ringfence/${Aws.STACK_NAME}`
