import type { Pace } from './pace.ts'

/** Who dials: at most one process at a time. One item, written under its version; each write is a heartbeat. */
export interface Lease {
  /** A process, by a name that it made at its start; `null` when the last one gave the lease back. */
  holder: string | null
  /** The fencing token: grows with each holder. */
  token: number
  /** How fast it dialled, so that the next one goes on from there. */
  pace: Pace
  /** Counts the writes; 0 is not written yet. */
  version: number
}

/** The lease in the hands of another holder. */
export function takeLease (seen: Lease | undefined, holder: string, pace: Pace): Lease {
  return seen === undefined ? { holder, token: 1, pace, version: 0 } : { ...seen, holder, token: seen.token + 1 }
}

/** The lease given back: the next one need not wait until it looks abandoned. */
export function releaseLease (lease: Lease): Lease {
  return { ...lease, holder: null }
}
