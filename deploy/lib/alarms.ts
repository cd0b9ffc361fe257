import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib'
import { Alarm, ComparisonOperator, TreatMissingData, type IMetric } from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Key } from 'aws-cdk-lib/aws-kms'
import { CfnSubscription, Topic } from 'aws-cdk-lib/aws-sns'
import { Construct } from 'constructs'
import { condition, isGiven } from './conditions.ts'
import type { LogMetrics } from './log-metrics.ts'
import type { Metrics } from './metrics.ts'
import type { Parameters } from './parameters.ts'

export interface AlarmsProps {
  parameters: Parameters
  metrics: Metrics
  lines: LogMetrics
}

interface Limit {
  /** The alarm goes off at this much, or more. */
  atLeast?: number
  /** The alarm goes off below this. */
  below?: number
  /** So many periods are looked at. */
  periods?: number
  /** So many of them must be beyond the limit; all, unless it is said. */
  of?: number
  /** What it counts is said when an outage begins and not again: silence after it is no all-clear, and none is sent. */
  isSaidOnce?: boolean
}

/** What wakes a person, each with what it means; all go to one topic. */
export class Alarms extends Construct {
  readonly alarms: Alarm[] = []
  private readonly topic: Topic

  constructor (scope: Construct, id: string, { parameters, metrics, lines }: AlarmsProps) {
    super(scope, id)
    this.topic = this.createTopic(parameters.alarmEmail)
    const { loadBalancer, targets, tasks, taskCounts, bridge, deadLetters } = metrics
    const aQuarterOfAnHour = Duration.minutes(15)

    this.when('ServiceFails', targets('HTTPCode_Target_5XX_Count', 'Sum', Duration.minutes(5)), { atLeast: 10 }, 'The service answers 5xx.')
    this.when('LoadBalancerFails', loadBalancer('HTTPCode_ELB_5XX_Count', 'Sum'), { atLeast: 10 }, 'The load balancer finds no task that answers.')
    this.when('SlowReplies', targets('TargetResponseTime', 'p99', Duration.minutes(5)), { atLeast: 1, periods: 3 }, 'One reply in a hundred takes a second or longer; a card terminal waits.')
    this.when('UnhealthyTasks', targets('UnHealthyHostCount', 'Maximum'), { atLeast: 1, periods: 5, of: 3 }, 'A task is not ready: /readyz says what fails. Three minutes of five: ECS takes it away after one, and the next may be no better.')
    this.when('FewHealthyTasks', targets('HealthyHostCount', 'Minimum'), { below: 2, periods: 5 }, 'Fewer than two tasks are ready: the next fault is an outage.')
    this.when('FewTasks', taskCounts('RunningTaskCount', 'Minimum'), { below: 2, periods: 5 }, 'Fewer than two tasks run: the events of the ECS service say why.')
    this.when('BusyProcessors', tasks('CPUUtilization', 'Average'), { atLeast: 85, periods: 3 }, 'The autoscaling does not keep up, or has reached MaxTasks.')
    this.when('FullMemory', tasks('MemoryUtilization', 'Maximum'), { atLeast: 85, periods: 3 }, 'A task will soon be ended for want of memory: raise TaskMemory.')

    this.when('TableThrottles', metrics.throttledByTable(), { atLeast: 10 }, 'DynamoDB throttles: one item or a sudden peak gets more than a partition bears.')
    this.when('TableFails', metrics.failedByTable(), { atLeast: 10 }, 'DynamoDB fails by itself.')

    this.when('BridgeFails', bridge('Errors', 'Sum'), { atLeast: 1, periods: 2 }, 'Answers of cardholders do not reach the service: its log names the reason.')
    this.when('BridgeThrottles', bridge('Throttles', 'Sum'), { atLeast: 1 }, "The account's quota of concurrent functions is used up; cardholders hear silence.")
    this.when('BridgeIsSlow', bridge('Duration', 'p99'), { atLeast: 3000, periods: 2 }, 'Cardholders hear 3 s of silence after they pressed a key.')
    this.when('LostContactEvents', deadLetters('ApproximateNumberOfMessagesVisible', 'Maximum'), { atLeast: 1 }, 'Contact events could not be delivered; the service asks Amazon Connect itself, later.')

    this.when('ContradictingAnswers', lines.of('ContradictingAnswers'), { atLeast: 1 }, 'A cardholder said genuine and fraud about one payment: the first answer stands, and somebody should ring back.')
    this.when('ScorerLeftAlone', lines.of('ScorersLeftAlone'), { atLeast: 1, isSaidOnce: true }, 'A scorer begins to fail so often that it is left alone; said once by each task and outage.')
    this.when('FallbackDecides', lines.of('Degraded'), { atLeast: 5, periods: 3 }, 'For a quarter of an hour the scorer has failed, and its fallback decides; it goes on until this alarm is over.')
    this.when('ModelFindsLittle', lines.of('ModelFindsLittle'), { atLeast: 3, periods: 3 }, 'For a quarter of an hour payments have lacked most of what the model knows, and score low: a caller has renamed its fields, or another model was put into use. Said once a minute by each task.')
    this.when('ContactsNotStarted', lines.of('ContactsNotStarted', undefined, aQuarterOfAnHour), { atLeast: 5 }, 'Amazon Connect refuses calls or messages: the log names the reason.')
    this.when('DialerFails', lines.of('DialerPassesFailed'), { atLeast: 1, isSaidOnce: true }, 'Nobody is called while it lasts; said once by each task and outage.')
    this.when('WorkIsStuck', lines.of('DueWorkFailed', undefined, aQuarterOfAnHour), { atLeast: 3 }, 'Calls or looks that fail again and again.')
    this.when('Errors', lines.of('Errors'), { atLeast: 10 }, 'Anything else that the service says at level error.')
  }

  private when (name: string, metric: IMetric, { atLeast, below, periods = 1, of = periods, isSaidOnce = false }: Limit, meaning: string): void {
    const alarm = new Alarm(this, name, {
      alarmDescription: meaning,
      metric,
      threshold: below ?? atLeast ?? 0,
      comparisonOperator: below === undefined ? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD : ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: periods,
      datapointsToAlarm: of,
      // What is counted is absent when nothing happens; what must be there is missed.
      treatMissingData: below === undefined ? TreatMissingData.NOT_BREACHING : TreatMissingData.BREACHING
    })
    const action = new SnsAction(this.topic)
    alarm.addAlarmAction(action)
    if (!isSaidOnce) alarm.addOkAction(action)
    this.alarms.push(alarm)
  }

  private createTopic (email: string): Topic {
    const cloudWatch = new ServicePrincipal('cloudwatch.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } } })
    // With the key that AWS manages for SNS, CloudWatch could not publish: its policy cannot be changed.
    const key = new Key(this, 'Key', { description: "Ringfence: the alarms' topic", enableKeyRotation: true, removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE })
    key.addToResourcePolicy(new PolicyStatement({ principals: [cloudWatch], actions: ['kms:Decrypt', 'kms:GenerateDataKey*'], resources: ['*'] }))
    const topic = new Topic(this, 'Topic', { displayName: 'Ringfence alarms', masterKey: key, enforceSSL: true })
    // The topic has a policy for TLS, which takes the place of the one that lets the account's alarms in.
    topic.addToResourcePolicy(new PolicyStatement({ principals: [cloudWatch], actions: ['sns:Publish'], resources: [topic.topicArn] }))
    const subscription = new CfnSubscription(this, 'Email', { topicArn: topic.topicArn, protocol: 'email', endpoint: email })
    subscription.cfnOptions.condition = condition(this, 'TellsByEmail', isGiven(email))
    return topic
  }
}
