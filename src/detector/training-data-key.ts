const CONTENT_DIGITS = 32

/** Where a detector's training data go within the bucket: named by their content. `prefix` ends in `/` or is empty, `sha256` is in hex. */
export function trainingDataKey (prefix: string, detectorId: string, sha256: string): string {
  return `${prefix}${detectorId}/${sha256.slice(0, CONTENT_DIGITS)}.csv`
}

/** Whether the key is one that `trainingDataKey` makes for this detector. */
export function isTrainingDataKey (key: string, prefix: string, detectorId: string): boolean {
  const folder = `${prefix}${detectorId}/`
  return key.startsWith(folder) && /^[0-9a-f]{32}\.csv$/.test(key.slice(folder.length))
}
