// Source: yggdrasil_decision_forests/model/abstract_model.proto, AbstractModel.metadata (owner, created_date, uid, framework).
const METADATA_FIELD = 10
const FIXED_LENGTH: Readonly<Record<number, number>> = { 1: 8, 5: 4 }

function readVarint (bytes: Uint8Array, start: number): { value: number, end: number } {
  let value = 0
  let end = start
  for (let scale = 1; ; scale *= 128) {
    const byte = bytes[end++]
    if (byte === undefined) throw new RangeError('the model header ends within a number')
    value += (byte & 127) * scale
    if (byte < 128) return { value, end }
  }
}

/**
 * Drops the metadata from a model's `header.pb` (protobuf wire format): its random id and its time are all that differs between two
 * models trained alike. @throws RangeError when the bytes are no protobuf message
 */
export function stripMetadata (header: Uint8Array): Uint8Array {
  const kept: Uint8Array[] = []
  let start = 0
  while (start < header.length) {
    const tag = readVarint(header, start)
    const [field, wireType] = [tag.value >> 3, tag.value & 7]
    const first = wireType === 0 || wireType === 2 ? readVarint(header, tag.end) : undefined
    const end = first === undefined
      ? tag.end + (FIXED_LENGTH[wireType] ?? Infinity)
      : first.end + (wireType === 2 ? first.value : 0)
    if (end > header.length) throw new RangeError(`the model header's field ${field} runs past its end`)
    if (field !== METADATA_FIELD) kept.push(header.subarray(start, end))
    start = end
  }
  return Uint8Array.from(kept.flatMap((part) => [...part]))
}
