import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { ApiKey } from '../domain/api-key.ts'
import type { App } from '../http/app-type.ts'
import type { CustomerStore } from '../ports.ts'

const SAMPLE_CUSTOMER_ID = 'u82-1alz-RI301'

/** Who loads the sample's customer: its key is told to nobody and ends with this process. */
export function loaderOf (key: string): ApiKey {
  return { name: 'sample', sha256: createHash('sha256').update(key).digest('hex'), scopes: ['customers:write'] }
}

/** Through the front door, and only when it is not there: what somebody changed stays. */
export async function loadSampleCustomer (app: App, customers: CustomerStore, key: string, file: URL): Promise<void> {
  const url = `/v1/customers/${SAMPLE_CUSTOMER_ID}`
  const headers = { authorization: `Bearer ${key}` }
  if (await customers.get(SAMPLE_CUSTOMER_ID) !== undefined) return
  const payload: object = JSON.parse(await readFile(file, 'utf8'))
  const reply = await app.inject({ method: 'PUT', url, headers, payload })
  if (reply.statusCode !== 200) throw new Error(`The sample's customer could not be loaded: ${reply.body}`)
}
