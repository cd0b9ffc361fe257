const REFERENCE = /\$(?:\.[A-Za-z][\w-]*|\.?\['[^']+'\])(?:\.[\w-]+|\.?\['[^']+'\])*/g
const SEGMENT = /\['([^']+)'\]|([\w-]+)/g

/** The first words that a reference may have (Administrator Guide, "List of available contact attributes"). */
export const REFERENCE_ROOTS: ReadonlySet<string> = new Set([
  'Attributes', 'External', 'StoredCustomerInput', 'CustomerEndpoint', 'SystemEndpoint', 'ContactId', 'InitialContactId',
  'PreviousContactId', 'InstanceARN', 'InitiationMethod', 'Channel', 'LanguageCode', 'AwsRegion', 'TextToSpeechVoiceId',
  'CustomerId', 'Name', 'Description', 'References', 'Queue', 'Lex', 'FlowAttributes', 'SegmentAttributes'
])

/** What references are looked up in: one member per root. */
export type ReferenceScope = Readonly<Record<string, unknown>>

/** Whether a text holds something that Connect would read as a JSONPath reference. */
export function hasReference (text: string): boolean {
  return /\$(?:\.|\[)/.test(text)
}

/** Every reference in a text, as written. */
export function findReferences (text: string): string[] {
  return text.match(REFERENCE) ?? []
}

/** The segments of a reference: `$.Attributes.['a b']` gives `['Attributes', 'a b']`. */
export function splitReference (reference: string): string[] {
  return [...reference.slice(1).matchAll(SEGMENT)].map(([, quoted, plain]) => quoted ?? plain ?? '')
}

/** What one reference stands for, or `undefined`; only scalars can be referenced, never an object or an array. */
export function resolveReference (reference: string, scope: ReferenceScope): string | undefined {
  let value: unknown = scope
  for (const segment of splitReference(reference)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return undefined
    value = (value as Record<string, unknown>)[segment]
  }
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

/**
 * Puts values in the place of references, once and raw: nothing is escaped, and a `$.` inside a value is not read again.
 * An undefined reference becomes the empty text (what Connect speaks then is not documented).
 */
export function interpolate (text: string, scope: ReferenceScope): string {
  return text.replace(REFERENCE, reference => resolveReference(reference, scope) ?? '')
}
