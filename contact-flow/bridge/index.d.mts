/** Settings of the bridge. */
export interface BridgeOptions {
  /** Base URL of the Ringfence service, such as `https://ringfence.example.com`. */
  url: string
  /** The secret shared with the service. */
  secret: string
  fetch?: typeof globalThis.fetch
  /** Milliseconds since the epoch. */
  nowMs?: () => number
  /** Milliseconds for one try, reply included; 2500 by default, so that two tries end before the flow's 8 s. */
  timeoutMs?: number
  /** Tries in all; 2 by default. */
  attempts?: number
}

/** A Lambda handler: takes the event of a contact flow and replies a flat map of texts that has a `result`, or a contact event of EventBridge and replies an empty one. */
export type BridgeHandler = (event: unknown) => Promise<Record<string, string>>

/**
 * Makes a handler that posts a contact flow's event to `POST /v1/connect/answers`, and one of EventBridge to `POST /v1/connect/events`.
 * The handler throws whenever the service did not take it.
 * @throws Error when `url` or `secret` is empty
 */
export function createHandler (options: BridgeOptions): BridgeHandler

/** The Lambda entry point; reads RINGFENCE_URL and RINGFENCE_BRIDGE_SECRET at its first event. */
export const handler: BridgeHandler
