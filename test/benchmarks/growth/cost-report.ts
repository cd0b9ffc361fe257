import { hotKeys, lambdaPerMillion, mixOf, onDemandPerMillion, provisionedPerMillion, usageOf } from './capacity-plan.ts'
import { markdownTable } from './markdown-table.ts'
import { NEW_TABLE, ON_DEMAND, PARTITION, PREDICTION, PRICES_READ, PROVISIONED_USE, STORAGE_MONTH, TABLE_QUOTA, VCPU_HOUR } from './prices.ts'
import type { StoreCall } from './recorded-engine.ts'
import type { Story } from './recorded-story.ts'

const SUSPICIOUS_SHARE = 0.005
/** Decisions a second of a large issuer. */
const ISSUER_PER_SECOND = 10_000
const DAY_S = 86_400
const MONTH_DAYS = 30
const GB = 1024 ** 3
/** The sample's function at an approved payment: some 60 ms of waiting for the prediction, and 1.4 ms of a full core on a fourteenth of one. Estimated. */
const SAMPLE_LAMBDA = { seconds: 0.08, gb: 0.125 }

const dollars = (value: number) => `$${value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(value >= 10 ? 1 : 3)}`
const whole = (value: number) => Math.round(value).toLocaleString('en')
const short = (value: number) => String(Number(value.toFixed(3)))

/** The calculation's tables, as Markdown. */
export function costReport (story: Story): string {
  return [itemTable(story), stepTable(story), dollarTable(story), issuerTable(story), keyTable(story)].join('\n\n')
}

function itemTable ({ customer, approved, suspicious, hundredth, afterwards }: Story): string {
  const named: Array<[string, StoreCall[]]> = [
    ['card', [...customer.calls, ...suspicious.calls, ...afterwards.flatMap(({ calls }) => calls)].filter(({ what }) => what === 'CARD')],
    ['transaction, approved', approved.calls],
    ['transaction, suspicious', suspicious.calls.filter(({ what }) => what === 'TRANSACTION')],
    ['case, from its opening to its end', [suspicious, ...afterwards].flatMap(({ calls }) => calls.filter(({ what }) => what === 'CASE'))],
    ['case with a hundred payments', hundredth.calls.filter(({ what }) => what === 'CASE')],
    ["contact: the attempt's, and an event's", afterwards.flatMap(({ calls }) => calls.filter(({ what }) => what === 'CONTACT'))],
    ['customer', customer.calls.filter(({ what }) => what === 'CUSTOMER')]
  ]
  const rows = named.map(([name, calls]) => {
    const written = calls.filter(({ item }) => item !== undefined)
    const range = (values: number[]) => Math.min(...values) === Math.max(...values) ? whole(values[0] ?? 0) : `${whole(Math.min(...values))} to ${whole(Math.max(...values))}`
    return [name, range(written.map((call) => call.itemBytes)), range(written.map((call) => call.writeUnits)), range(written.map((call) => call.requestBytes))]
  })
  return `**Items** as the service writes them, taken from the wire; ids of 36 characters, as UUIDs have:\n\n${markdownTable(['item', 'bytes', 'units to write it', 'bytes of the request'], rows)}`
}

function stepTable ({ customer, approved, suspicious, hundredth, afterwards, idlePass }: Story): string {
  const rows = [approved, suspicious, ...afterwards, hundredth, idlePass, customer].map((step) => {
    const { calls, readUnits, writeUnits, indexUnits } = usageOf([step])
    return [step.name, String(calls), short(readUnits), short(writeUnits - indexUnits), short(indexUnits)]
  })
  const { calls, readUnits, writeUnits, indexUnits } = usageOf([suspicious, ...afterwards])
  rows.splice(2 + afterwards.length, 0, ['a suspicious payment with all that follows', String(calls), short(readUnits), short(writeUnits - indexUnits), short(indexUnits)])
  return `**Units** of each step:\n\n${markdownTable(['step', 'calls', 'units read', 'units written', 'of indexes'], rows)}`
}

function dollarTable (story: Story): string {
  const [approved, suspicious] = [usageOf([story.approved]), usageOf([story.suspicious, ...story.afterwards])]
  const { perDecision } = mixOf(story, SUSPICIOUS_SHARE)
  const rows = [
    ['DynamoDB on demand, all approved', dollars(onDemandPerMillion(approved))],
    ['DynamoDB on demand, all suspicious, each with its case', dollars(onDemandPerMillion(suspicious))],
    [`DynamoDB on demand, ${SUSPICIOUS_SHARE * 100} % suspicious`, dollars(onDemandPerMillion(perDecision))],
    [`DynamoDB provisioned and used to ${PROVISIONED_USE * 100} %, the same mix`, dollars(provisionedPerMillion(perDecision))],
    ['keeping them for a month, with point-in-time recovery', dollars(perDecision.storedBytes * 1e6 / GB * (STORAGE_MONTH.table + STORAGE_MONTH.recovery))],
    ['one Fargate vCPU for each 1,000 µs of a decision, fully used', dollars(1_000 / 3_600 * VCPU_HOUR)],
    ["the sample's Lambda function, estimated", dollars(lambdaPerMillion(SAMPLE_LAMBDA.seconds, SAMPLE_LAMBDA.gb))],
    ["the sample's predictions by Amazon Fraud Detector, last tier to first", `${dollars(PREDICTION.last * 1e6)} to ${dollars(PREDICTION.first * 1e6)}`]
  ]
  const ratio = PREDICTION.last * 1e6 / onDemandPerMillion(perDecision)
  return `**Dollars** for a million decisions, us-east-1, prices as read in ${PRICES_READ} and to be confirmed (storage and predictions are from memory):\n\n${markdownTable(['what', 'for a million'], rows)}\n\nThe cheapest tier of predictions costs ${whole(ratio)} times what the table does.`
}

function issuerTable (story: Story): string {
  const { perDecision } = mixOf(story, SUSPICIOUS_SHARE)
  const [read, written] = [perDecision.readUnits * ISSUER_PER_SECOND, perDecision.writeUnits * ISSUER_PER_SECOND]
  const dayBytes = perDecision.storedBytes * ISSUER_PER_SECOND * DAY_S
  const dayDollars = (read * ON_DEMAND.read + written * ON_DEMAND.write) * DAY_S
  const monthDollars = dayBytes * MONTH_DAYS / GB * (STORAGE_MONTH.table + STORAGE_MONTH.recovery)
  const rows = [
    ['units read a second', whole(read), `${whole(read / TABLE_QUOTA.readUnits * 100)} % of a table's default quota of ${whole(TABLE_QUOTA.readUnits)}`],
    ['units written a second', whole(written), `${whole(written / TABLE_QUOTA.writeUnits * 100)} % of ${whole(TABLE_QUOTA.writeUnits)}; a new table serves ${whole(NEW_TABLE.writeUnits)} at once, so it is to be warmed before`],
    ['partitions for the units', whole(Math.max(Math.ceil(read / PARTITION.readUnits), Math.ceil(written / PARTITION.writeUnits))), `${whole(PARTITION.readUnits)} read or ${whole(PARTITION.writeUnits)} written a second each, evenly spread`],
    ['requests, on demand', `${dollars(dayDollars)} a day`, `${dollars(dayDollars * MONTH_DAYS)} a month`],
    ['growth', `${whole(dayBytes / GB)} GB a day`, `${short(dayBytes * MONTH_DAYS / GB / 1024)} TB a month, ${whole(dayBytes / PARTITION.bytes)} partitions of 10 GB a day`],
    ['keeping a month of them', `${dollars(monthDollars)} a month`, 'and as much more with each month: transactions never expire'],
    ['cases', `${whole(ISSUER_PER_SECOND * SUSPICIOUS_SHARE)} a second`, 'one for each suspicious payment; fewer when they join open ones']
  ]
  return `**An issuer with ${whole(ISSUER_PER_SECOND)} decisions a second**, all day, ${SUSPICIOUS_SHARE * 100} % of them suspicious:\n\n${markdownTable(['what', 'how much', 'that is'], rows)}`
}

function keyTable (story: Story): string {
  const perSecond = ISSUER_PER_SECOND * SUSPICIOUS_SHARE
  const rows = hotKeys(story).map(({ key, unitsPerCase, casesPerSecond }) => [
    key, short(unitsPerCase), whole(casesPerSecond), whole(casesPerSecond / SUSPICIOUS_SHARE), `${whole(perSecond * unitsPerCase / PARTITION.writeUnits * 100)} %`
  ])
  return `**Keys that all cases share**, the first to be full first. A partition takes ${whole(PARTITION.writeUnits)} units written a second:\n\n${markdownTable(['key', 'units a case', 'full at cases a second', `that is decisions a second at ${SUSPICIOUS_SHARE * 100} %`, `full at ${whole(ISSUER_PER_SECOND)} a second`], rows)}`
}
