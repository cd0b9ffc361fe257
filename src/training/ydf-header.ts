// Source: yggdrasil_decision_forests/model/abstract_model.proto, AbstractModel.metadata (owner, created_date, uid, framework).
const METADATA_FIELD = 10
// Source: yggdrasil_decision_forests/model/random_forest/random_forest.proto, Header.winner_take_all_inference.
const WINNER_TAKE_ALL_FIELD = 3
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

/** The message's fields as they stand there, one after the other (protobuf wire format). @throws RangeError when the bytes are no such message */
function splitFields (header: Uint8Array): { field: number, wireType: number, bytes: Uint8Array }[] {
  const fields: { field: number, wireType: number, bytes: Uint8Array }[] = []
  let start = 0
  while (start < header.length) {
    const tag = readVarint(header, start)
    const [field, wireType] = [tag.value >> 3, tag.value & 7]
    const first = wireType === 0 || wireType === 2 ? readVarint(header, tag.end) : undefined
    const end = first === undefined
      ? tag.end + (FIXED_LENGTH[wireType] ?? Infinity)
      : first.end + (wireType === 2 ? first.value : 0)
    if (end > header.length) throw new RangeError(`the model header's field ${field} runs past its end`)
    fields.push({ field, wireType, bytes: header.subarray(start, end) })
    start = end
  }
  return fields
}

function join (parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}

/**
 * Drops the metadata from a model's `header.pb`: its random id and its time are all that differs between two models trained alike.
 * @throws RangeError when the bytes are no protobuf message
 */
export function stripMetadata (header: Uint8Array): Uint8Array {
  return join(splitFields(header).filter(({ field }) => field !== METADATA_FIELD).map(({ bytes }) => bytes))
}

/**
 * Lets the trees of a forest tell their leaf's share of frauds, where by default each votes for one class only: with whole votes most legitimate
 * rows get the same number, 0, and no threshold can be set among them.
 * @param header a model's `random_forest_header.pb`
 * @throws RangeError when the bytes are no protobuf message
 */
export function voteByShare (header: Uint8Array): Uint8Array {
  const others = splitFields(header).filter(({ field }) => field !== WINNER_TAKE_ALL_FIELD).map(({ bytes }) => bytes)
  return join([...others, Uint8Array.of(WINNER_TAKE_ALL_FIELD << 3, 0)])
}
