/** Where the service is whose case and card the phone page shows. */
export interface StorySource {
  /** As the simulator reaches it. */
  url: () => string
  apiKey: string
  /** As the reader's browser reaches it; `url` when absent. */
  publicUrl?: () => string
}

/** A case and its card as the service tells them, or why they cannot be told. */
export type Story =
  | { status: 200, body: { case: unknown, card: unknown } }
  | { status: 404 | 502, body: { message: string } }

const TIMEOUT_MS = 3000

/** Asks the service for the case that a call is about, and for the case's card. */
export async function tellStory (caseId: string | undefined, source: StorySource | undefined): Promise<Story> {
  if (source === undefined) return { status: 404, body: { message: 'The simulator was started without a service to ask.' } }
  if (caseId === undefined || caseId === '') return { status: 404, body: { message: 'The call has no CaseId attribute.' } }
  const found = await readResource(source, `/v1/cases/${encodeURIComponent(caseId)}`)
  if (found.status !== 200) return found
  const cardId = typeof found.body === 'object' && found.body !== null && 'cardId' in found.body ? found.body.cardId : undefined
  if (typeof cardId !== 'string') return { status: 502, body: { message: 'The service told a case without a cardId.' } }
  const card = await readResource(source, `/v1/cards/${encodeURIComponent(cardId)}`)
  return card.status === 200 ? { status: 200, body: { case: found.body, card: card.body } } : card
}

async function readResource ({ url, apiKey }: StorySource, path: string): Promise<{ status: 200, body: unknown } | { status: 404 | 502, body: { message: string } }> {
  try {
    const response = await fetch(new URL(path, url()), { headers: { authorization: `Bearer ${apiKey}` }, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) })
    if (response.status === 404) return { status: 404, body: { message: `The service does not know ${path}.` } }
    if (!response.ok) return { status: 502, body: { message: `The service answered ${response.status} for ${path}.` } }
    return { status: 200, body: await response.json() }
  } catch (error) {
    return { status: 502, body: { message: `The service could not be asked: ${error instanceof Error ? error.message : String(error)}` } }
  }
}
