/** The part of a day in which people may be called, in minutes after midnight of the cardholder's own clock; `from` before `to`. */
export interface CallingWindow {
  /** 0 to 1439. */
  fromMinute: number
  /** 1 to 1440, exclusive. */
  toMinute: number
}

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * 60_000

/** Whether the runtime's ICU data knows the IANA time zone. */
export function isTimeZone (name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

/**
 * The first moment at or after `nowMs` that lies in the window, in Unix milliseconds.
 * Walks minute by minute, so that a day of 23 or 25 hours (daylight saving) needs no rule of its own.
 */
export function nextAllowedMs (nowMs: number, timeZone: string, window: CallingWindow | undefined): number {
  if (window === undefined) return nowMs
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  const isAllowed = (ms: number) => {
    const minute = minuteOfDay(clock, ms)
    return minute >= window.fromMinute && minute < window.toMinute
  }
  if (isAllowed(nowMs)) return nowMs
  const firstMinuteMs = Math.ceil(nowMs / MINUTE_MS) * MINUTE_MS
  for (let ms = firstMinuteMs; ms <= nowMs + 2 * DAY_MS; ms += MINUTE_MS) {
    if (isAllowed(ms)) return ms
  }
  return nowMs + DAY_MS
}

function minuteOfDay (clock: Intl.DateTimeFormat, ms: number): number {
  const [hour, minute] = clock.format(ms).split(':')
  return Number(hour) * 60 + Number(minute)
}
