/** Why no model can be trained or measured on the data that were given; the message says what is wrong and where, and repeats no value of the data. */
export class TrainingError extends Error {
  override readonly name = 'TrainingError'
}

/** What writing failed by, with the place; anything but the system's own fault as it is. */
export function describeWriteFault (path: string, error: unknown): unknown {
  const isSystem = error instanceof Error && 'syscall' in error && 'code' in error
  return isSystem ? new TrainingError(`${path} cannot be written: ${String(error.code)}.`, { cause: error }) : error
}
