import { Duration } from 'aws-cdk-lib'
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch'
import type { ITable } from 'aws-cdk-lib/aws-dynamodb'
import type { FrontDoor } from './front-door.ts'
import type { FargateService } from './fargate-service.ts'

const FIVE_MINUTES = Duration.minutes(5)
/** The calls that the service makes; DynamoDB counts failures by them. */
const TABLE_OPERATIONS = ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem', 'Query']

/** What alarms and the dashboard look at of what AWS counts by itself. */
export interface Measured {
  frontDoor: FrontDoor
  service: FargateService
  table: ITable
  bridgeFunctionName: string
  deadLetterQueueName: string
}

/** The metrics of the things that were made, by name. */
export function metricsOf ({ frontDoor, service, table, bridgeFunctionName, deadLetterQueueName }: Measured) {
  const make = (namespace: string, dimensionsMap: Record<string, string>, defaultPeriod = FIVE_MINUTES) =>
    (metricName: string, statistic: string, period = defaultPeriod) => new Metric({ namespace, metricName, statistic, dimensionsMap, period })
  const loadBalancer = { LoadBalancer: frontDoor.loadBalancerName }
  const tasks = { ClusterName: service.clusterName, ServiceName: service.serviceName }
  const ofTable = (metricName: string, label: string) => new MathExpression({
    // DynamoDB writes these only when there is something to count, and a sum may be missing when one of its parts is.
    expression: TABLE_OPERATIONS.map((operation) => `FILL(${label}${operation}, 0)`).join(' + '),
    label,
    period: FIVE_MINUTES,
    usingMetrics: Object.fromEntries(TABLE_OPERATIONS.map((operation) => [`${label}${operation}`, new Metric({
      namespace: 'AWS/DynamoDB', metricName, statistic: 'Sum', period: FIVE_MINUTES, dimensionsMap: { TableName: table.tableName, Operation: operation }
    })]))
  })
  return {
    loadBalancer: make('AWS/ApplicationELB', loadBalancer),
    targets: make('AWS/ApplicationELB', { ...loadBalancer, TargetGroup: frontDoor.targetGroupName }, Duration.minutes(1)),
    tasks: make('AWS/ECS', tasks),
    taskCounts: make('ECS/ContainerInsights', tasks, Duration.minutes(1)),
    table: make('AWS/DynamoDB', { TableName: table.tableName }),
    throttledByTable: () => ofTable('ThrottledRequests', 'throttled'),
    failedByTable: () => ofTable('SystemErrors', 'failed'),
    bridge: make('AWS/Lambda', { FunctionName: bridgeFunctionName }),
    deadLetters: make('AWS/SQS', { QueueName: deadLetterQueueName })
  }
}

export type Metrics = ReturnType<typeof metricsOf>
