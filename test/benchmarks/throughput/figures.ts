/** Milliseconds from microseconds, with as many digits as tell something. */
export function milliseconds (us: number): string {
  const ms = us / 1000
  return ms >= 100 ? ms.toFixed(0) : ms >= 10 ? ms.toFixed(1) : ms.toFixed(2)
}

/** A whole number with commas, or one digit more when it is small. */
export function whole (value: number): string {
  return value < 20 ? value.toFixed(1) : Math.round(value).toLocaleString('en')
}

/** Megabytes of 2^20. */
export function megabytes (bytes: number): string {
  return String(Math.round(bytes / 2 ** 20))
}
