import { Duration } from 'aws-cdk-lib'
import { AlarmStatusWidget, Dashboard, GraphWidget, TextWidget, type IMetric, type IWidget } from 'aws-cdk-lib/aws-cloudwatch'
import { Construct } from 'constructs'
import type { Alarms } from './alarms.ts'
import type { LogMetrics } from './log-metrics.ts'
import type { Metrics } from './metrics.ts'

const A_THIRD = 8
const ABOUT = 'Counts of decisions, contacts and answers are read from the log. The service can tell more at `/metrics`, in the text format of Prometheus; there is no collector here, and it is switched off.'

export interface DashboardProps {
  metrics: Metrics
  lines: LogMetrics
  alarms: Alarms
}

/** One page: what comes in, what is decided, who is called, and how the parts are. */
export class RingfenceDashboard extends Construct {
  constructor (scope: Construct, id: string, { metrics, lines, alarms }: DashboardProps) {
    super(scope, id)
    const { loadBalancer, targets, tasks, taskCounts, table, bridge, deadLetters } = metrics
    const fiveMinutes = Duration.minutes(5)
    const byLine = (line: 'Decisions' | 'Contacts' | 'Answers', dimension: string, values: string[]) => values.map((value) => lines.of(line, { [dimension]: value }).with({ label: value }))

    new Dashboard(this, 'Dashboard', {
      widgets: [
        [new AlarmStatusWidget({ title: 'Alarms', alarms: alarms.alarms, width: 24, height: 4 })],
        [
          graph('Requests', [loadBalancer('RequestCount', 'Sum')]),
          graph('Time to reply, s', ['p50', 'p95', 'p99'].map((statistic) => targets('TargetResponseTime', statistic, fiveMinutes).with({ label: statistic }))),
          graph('Failures', [targets('HTTPCode_Target_5XX_Count', 'Sum', fiveMinutes), loadBalancer('HTTPCode_ELB_5XX_Count', 'Sum'), targets('HTTPCode_Target_4XX_Count', 'Sum', fiveMinutes)])
        ],
        [
          graph('Decisions', byLine('Decisions', 'Outcome', ['approve', 'investigate', 'fraud', 'blocked'])),
          graph('Contacts', [...byLine('Contacts', 'Channel', ['voice', 'sms']), lines.of('ContactsNotStarted').with({ label: 'not started' })]),
          graph('Answers', [...byLine('Answers', 'Answer', ['fraud', 'genuine']), lines.of('ContradictingAnswers').with({ label: 'contradicting' })])
        ],
        [
          graph('Tasks', [taskCounts('RunningTaskCount', 'Average'), targets('HealthyHostCount', 'Minimum'), targets('UnHealthyHostCount', 'Maximum')]),
          graph('CPU and memory, %', [tasks('CPUUtilization', 'Average'), tasks('MemoryUtilization', 'Average')]),
          graph('What the service says', [lines.of('Errors'), lines.of('Degraded'), lines.of('ScorersLeftAlone'), lines.of('DialerPassesFailed'), lines.of('DueWorkFailed')])
        ],
        [
          graph('Table, capacity units', [table('ConsumedReadCapacityUnits', 'Sum'), table('ConsumedWriteCapacityUnits', 'Sum')]),
          graph('Table, refusals', [table('ConditionalCheckFailedRequests', 'Sum'), metrics.throttledByTable(), metrics.failedByTable()]),
          graph('Bridge', [bridge('Invocations', 'Sum'), bridge('Errors', 'Sum'), bridge('Throttles', 'Sum'), deadLetters('ApproximateNumberOfMessagesVisible', 'Maximum')], [bridge('Duration', 'p99')])
        ],
        [new TextWidget({ markdown: ABOUT, width: 24, height: 2 })]
      ]
    })
  }
}

function graph (title: string, left: IMetric[], right: IMetric[] = []): IWidget {
  return new GraphWidget({ title, left, right, width: A_THIRD, leftYAxis: { min: 0 } })
}
