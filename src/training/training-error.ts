/** Why no model can be trained or measured on the data that were given; the message says what is wrong and where, and repeats no value of the data. */
export class TrainingError extends Error {
  override readonly name = 'TrainingError'
}

const WRITE_FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'its folder is not there; make it first, or name another place',
  ENOTDIR: 'what should be its folder is a file; name another place',
  EISDIR: 'it is a folder; name a file',
  EACCES: 'you may not write there; name another place, or have the rights changed',
  EPERM: 'you may not write there; name another place, or have the rights changed',
  EROFS: 'the disk is there to be read only; name another place',
  ENOSPC: 'the disk is full; make room, or name another place'
}

/** What writing failed by, with the place; anything but the system's own fault as it is. */
export function describeWriteFault (path: string, error: unknown): unknown {
  const isSystem = error instanceof Error && 'syscall' in error && 'code' in error
  return isSystem ? new TrainingError(`${path} cannot be written: ${WRITE_FAULTS[String(error.code)] ?? String(error.code)}.`, { cause: error }) : error
}
