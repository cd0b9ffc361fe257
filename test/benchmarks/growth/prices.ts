/**
 * Prices in US dollars, us-east-1, without free tiers, taxes and reservations, as read in November 2026 in stored copies of public pages. To be confirmed on the
 * vendor's own page before anybody relies on them; those marked "not confirmed" are from memory, as in docs/deploy.md.
 */
export const PRICES_READ = 'November 2026'

/** For a unit read or written on demand. Source: https://aws.amazon.com/dynamodb/pricing/on-demand/ */
export const ON_DEMAND = { read: 0.125 / 1e6, write: 0.625 / 1e6 }
/** For a unit of capacity and hour. Source: https://aws.amazon.com/dynamodb/pricing/provisioned/ */
export const PROVISIONED_HOUR = { read: 0.00013, write: 0.00065 }
/** How much of what is provisioned is used, by the usual target of DynamoDB's auto scaling. Source: Amazon DynamoDB Developer Guide, "Managing throughput capacity automatically". */
export const PROVISIONED_USE = 0.7
/** For a GB and month: kept, and kept with point-in-time recovery. Not confirmed. Source: https://aws.amazon.com/dynamodb/pricing/on-demand/ */
export const STORAGE_MONTH = { table: 0.25, recovery: 0.20 }
/** Amazon Fraud Detector, for a prediction: the first tier of a month, and the last. Not confirmed. Source: https://aws.amazon.com/fraud-detector/pricing/ */
export const PREDICTION = { first: 0.03, last: 0.0075 }
/** AWS Lambda on x86, for a request and for a GB and second. Source: https://aws.amazon.com/lambda/pricing/ */
export const LAMBDA = { request: 0.2 / 1e6, gbSecond: 0.0000166667 }
/** AWS Fargate, for a vCPU and hour. Source: https://aws.amazon.com/fargate/pricing/ */
export const VCPU_HOUR = 0.04048

/**
 * What a partition serves in a second, and holds; and what a table may take without asking for more.
 * Source: Amazon DynamoDB Developer Guide, "Partitions and data distribution", "Quotas in Amazon DynamoDB".
 */
export const PARTITION = { readUnits: 3_000, writeUnits: 1_000, bytes: 10 * 1024 ** 3 }
export const TABLE_QUOTA = { readUnits: 40_000, writeUnits: 40_000 }
/** What a new table on demand serves at once; later, twice its former peak. Source: the same guide, "DynamoDB on-demand capacity mode", initial throughput. */
export const NEW_TABLE = { readUnits: 12_000, writeUnits: 4_000 }
