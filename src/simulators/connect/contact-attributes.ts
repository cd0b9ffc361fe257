/** UTF-8 bytes of all attribute names and values of one contact (API Reference, "StartOutboundVoiceContact"). */
const ATTRIBUTES_MAX_BYTES = 32_768

/** What is wrong with a contact's attributes, or `undefined`. */
export function findAttributeFault (attributes: Readonly<Record<string, unknown>>): string | undefined {
  let bytes = 0
  for (const [name, value] of Object.entries(attributes)) {
    if (!/^[A-Za-z0-9_-]{1,32767}$/.test(name)) return 'attribute names may have letters, digits, dashes and underscores only'
    if (typeof value !== 'string') return `the attribute ${name} is not a text`
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value)
  }
  return bytes > ATTRIBUTES_MAX_BYTES ? `the attributes take ${bytes} bytes, more than ${ATTRIBUTES_MAX_BYTES}` : undefined
}
