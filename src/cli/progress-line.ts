/** What a long command shows while it works. */
export interface Progress {
  /**
   * Says what is under way: on a terminal in one live line with the time since the command began, elsewhere in one plain line a step,
   * and in none for a step that says nothing but its name.
   */
  doing: (step: string, text: string) => void
  /** Writes a line that stays. */
  note: (text: string) => void
  /** Takes the live line away, before others write and at the end. */
  clear: () => void
}

const REFRESH_MS = 1_000
/** Without a terminal, how often a long wait says that it is still one. */
const HEARTBEAT_MS = 60_000

/**
 * Creates the progress of a command.
 * @param stream is a terminal or not by its `isTTY`
 */
export function createProgress ({ stream, nowMs }: { stream: Pick<NodeJS.WriteStream, 'write'> & { isTTY?: boolean, columns?: number }, nowMs: () => number }): Progress {
  const beganAtMs = nowMs()
  let current: { step: string, text: string, toldAtMs: number | undefined } | undefined
  let isDrawn = false
  let timer: NodeJS.Timeout | undefined

  function elapsed (): string {
    const seconds = Math.floor((nowMs() - beganAtMs) / 1000)
    const minutes = Math.floor(seconds / 60)
    const clock = `${String(minutes % 60).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`
    return minutes < 60 ? clock : `${Math.floor(minutes / 60)}:${clock}`
  }

  function erase (): void {
    if (isDrawn) stream.write('\r\u001B[2K')
    isDrawn = false
  }

  function refresh (): void {
    if (current === undefined) return
    if (stream.isTTY === true) {
      erase()
      // A terminal that does not know its width says 0.
      stream.write(`${elapsed()}  ${current.text}`.slice(0, Math.max(20, (stream.columns || 80) - 1)))
      isDrawn = true
    } else if (current.toldAtMs === undefined ? current.text !== current.step : nowMs() - current.toldAtMs >= HEARTBEAT_MS) {
      stream.write(`${elapsed()}  ${current.text}\n`)
      current.toldAtMs = nowMs()
    }
  }

  return {
    doing (step, text) {
      const isNew = current?.step !== step
      current = { step, text, toldAtMs: isNew ? undefined : current?.toldAtMs }
      timer ??= setInterval(refresh, REFRESH_MS).unref()
      // Data come in fast; the line is drawn anew once a second.
      if (isNew || stream.isTTY !== true) refresh()
    },
    note (text) {
      erase()
      stream.write(`${elapsed()}  ${text}\n`)
    },
    clear () {
      erase()
      clearInterval(timer)
      timer = undefined
      current = undefined
    }
  }
}
