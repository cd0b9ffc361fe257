import { createHash } from 'node:crypto'

const MAX_PAUSE_MS = 60_000

/**
 * How long to wait before the calling service is asked again about an attempt: `firstMs`, doubled by each failure up to a minute, less up to a half of
 * it, so that what failed together does not come back together. The part is made from the attempt's id: whoever computes it gets the same.
 * @param failures how often it failed, from 1
 */
export function technicalPauseMs (attemptId: string, failures: number, firstMs: number): number {
  const pauseMs = Math.min(firstMs * 2 ** Math.min(failures - 1, 16), Math.max(MAX_PAUSE_MS, firstMs))
  const part = createHash('sha256').update(`${attemptId} ${failures}`).digest().readUInt16BE(0) / 0x10000
  return Math.ceil(pauseMs * (1 - part / 2))
}
