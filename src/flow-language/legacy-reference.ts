/** A parameter of a module in the legacy export; with a namespace, the value is a name in it. */
export interface LegacyParameter {
  name: string
  value: unknown
  key?: string | null
  namespace?: string | null
  /** What the resource is called that the value is the ARN of. */
  resourceName?: unknown
}

/** What the old editor called the system's own values. */
const SYSTEM_NAMES: Readonly<Record<string, string>> = {
  'Customer Number': '$.CustomerEndpoint.Address',
  'Dialed Number': '$.SystemEndpoint.Address',
  'Stored customer input': '$.StoredCustomerInput',
  'Queue name': '$.Queue.Name',
  'Queue ARN': '$.Queue.ARN',
  'Queue.Name': '$.Queue.Name',
  'Queue.ARN': '$.Queue.ARN',
  TextToSpeechVoiceId: '$.TextToSpeechVoiceId',
  ContactId: '$.ContactId',
  InitialContactId: '$.InitialContactId',
  PreviousContactId: '$.PreviousContactId',
  Channel: '$.Channel',
  InstanceARN: '$.InstanceARN',
  InitiationMethod: '$.InitiationMethod',
  LanguageCode: '$.LanguageCode',
  AwsRegion: '$.AwsRegion'
}

const ROOTS: Readonly<Record<string, string>> = { 'User Defined': '$.Attributes', External: '$.External' }

/** A parameter's value as the flow language has it: the text itself, or one reference. @throws Error when the namespace or a name in it is not known */
export function readLegacyValue ({ name, value, namespace }: LegacyParameter): string {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') throw new Error(`parameter ${name} has no value that could be taken over`)
  return namespace == null || namespace === '' ? String(value) : toReference(namespace, String(value))
}

/** The reference to a name in a namespace. @throws Error when one of them is not known */
export function toReference (namespace: string, name: string): string {
  if (namespace === 'System') {
    const reference = Object.hasOwn(SYSTEM_NAMES, name) ? SYSTEM_NAMES[name] : undefined
    if (reference === undefined) throw new Error(`the system has no value "${name}" that this converter knows`)
    return reference
  }
  const root = Object.hasOwn(ROOTS, namespace) ? ROOTS[namespace] : undefined
  if (root === undefined) throw new Error(`the namespace "${namespace}" is not known`)
  if (/['\]]/.test(name)) throw new Error(`"${name}" cannot be referred to`)
  // A reply of a Lambda function may be nested; a contact attribute is not.
  const isPlain = namespace === 'External' ? /^[\w-]+(?:\.[\w-]+)*$/.test(name) : /^[\w-]+$/.test(name)
  return isPlain && /^[A-Za-z]/.test(name) ? `${root}.${name}` : `${root}.['${name}']`
}
