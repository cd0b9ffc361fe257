import { createHmac } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { fillFlow } from '../flow-language/flow-document.ts'
import { entriesOf, listOf } from '../flow-language/flow-shape.ts'
import { convertLegacyExport, isLegacyExport } from '../flow-language/legacy-export.ts'
import { createConnectSimulator, type ConnectSimulatorOptions } from './connect/server.ts'

/** What an instance with this project's flows needs. */
export interface ShippedInstanceOptions extends Pick<ConnectSimulatorOptions, 'instanceId' | 'region' | 'sourcePhoneNumber' | 'timeScale' | 'limits' | 'ringfence' | 'publicHosts' | 'logger'> {
  contactFlowId: string
  /** `undefined` when no text messages are sent. */
  sms: { contactFlowId: string, sourceNumberArn: string } | undefined
  bridgeSecret: string
  /** Where the service listens; asked for when the first call is answered. */
  serviceUrl: () => string
  /** A flow file in the place of the shipped voice flow; a legacy export is converted. */
  flowPath?: string | undefined
}

/** The one account of every simulator. */
export const ACCOUNT_ID = '123456789012'
const CONTACT_FLOW = new URL('../../contact-flow/', import.meta.url)
const EVENT_TIMEOUT_MS = 5_000

/**
 * Makes an Amazon Connect instance with the shipped contact flows, the shipped bridge and the shipped bot; its contact events go to the service,
 * signed as the bridge signs. Whatever function a flow names, it is the bridge.
 * @throws Error when a file of `contact-flow/` or the given flow cannot be used
 */
export async function createShippedInstance ({ contactFlowId, sms, bridgeSecret, serviceUrl, flowPath, ...options }: ShippedInstanceOptions) {
  const { region } = options
  const values = {
    BridgeLambdaArn: `arn:aws:lambda:${region}:${ACCOUNT_ID}:function:ringfence-bridge`,
    LexBotAliasArn: `arn:aws:lex:${region}:${ACCOUNT_ID}:bot-alias/RINGFENCE1/LIVEALIAS1`
  }
  const { createHandler } = await import(new URL('bridge/index.mjs', CONTACT_FLOW).href) as typeof import('../../contact-flow/bridge/index.mjs')
  const bridge = async (event: unknown) => await createHandler({ url: serviceUrl(), secret: bridgeSecret })(event)
  const flows = {
    [contactFlowId]: readFlow(await readFile(flowPath ?? new URL('card-fraud.json', CONTACT_FLOW), 'utf8'), values),
    ...sms === undefined ? {} : { [sms.contactFlowId]: readFlow(await readFile(new URL('card-fraud-sms.json', CONTACT_FLOW), 'utf8'), values) }
  }
  return createConnectSimulator({
    ...options,
    accountId: ACCOUNT_ID,
    flows,
    textNumbers: sms === undefined ? {} : { [sms.sourceNumberArn]: options.sourcePhoneNumber },
    lexBots: { [values.LexBotAliasArn]: JSON.parse(await readFile(new URL('lex-bot/template.json', CONTACT_FLOW), 'utf8')) },
    lambdas: Object.fromEntries(Object.values(flows).flatMap(functionsOf).map((arn) => [arn, bridge])),
    onContactEvent: async (event: unknown) => { await postSigned(`${serviceUrl()}/v1/connect/events`, event, bridgeSecret) }
  })
}

function readFlow (text: string, values: Readonly<Record<string, string>>): unknown {
  const document = fillFlow(text, values)
  return isLegacyExport(document) ? convertLegacyExport(document) : document
}

function functionsOf (document: unknown): string[] {
  return listOf(entriesOf(document)['Actions']).map(({ Parameters }) => entriesOf(Parameters)['LambdaFunctionARN']).filter((arn) => typeof arn === 'string')
}

/** Posts as EventBridge's way in would: signed like the bridge's posts. */
async function postSigned (url: string, event: unknown, secret: string): Promise<void> {
  const body = JSON.stringify(event)
  const seconds = Math.floor(Date.now() / 1000)
  const signature = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'ringfence-signature': `t=${seconds},v1=${signature}` },
    body,
    signal: AbortSignal.timeout(EVENT_TIMEOUT_MS)
  })
  if (!response.ok) throw new Error(`contact event refused with ${response.status}`)
}
