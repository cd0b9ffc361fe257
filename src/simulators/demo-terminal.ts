const LINE_WIDTH = 76
const CTRL_C = '\u0003'

/** A step of a demonstration that is not what it should be; it has been printed. */
class StepFault extends Error {
  constructor () {
    super('the demo stopped at a step that is not what it should be')
    this.name = 'StepFault'
  }
}

/** What a demonstration writes and reads. */
export type DemoTerminal = ReturnType<typeof createDemoTerminal>

/** The terminal of this process: colours only on a terminal that wants them (no-color.org), plain lines otherwise. */
export function createDemoTerminal () {
  const { stdin, stdout, env } = process
  const isColoured = stdout.isTTY && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb'
  const paint = (code: number, text: string) => isColoured ? `\u001b[${code}m${text}\u001b[0m` : text
  const write = (line: string) => { stdout.write(`${line}\n`) }
  // Whoever read along has gone, as `| head` does.
  stdout.once('error', () => { process.exit(1) })

  return {
    heading: (text: string): void => write(`\n${paint(1, text)}`),
    note: (text: string): void => write(`    ${paint(2, text)}`),
    /** A sentence that is heard on the phone. */
    spoken: (text: string): void => write(wrap(text).map((line, index) => paint(36, `  ${index === 0 ? '☎' : ' '} ${line}`)).join('\n')),

    /**
     * Ticks a step off, or shows what it should have been.
     * @throws StepFault when it is not so
     */
    check (step: string, actual: unknown, expected: unknown): void {
      const isRight = expected instanceof RegExp ? expected.test(String(actual)) : JSON.stringify(actual) === JSON.stringify(expected)
      write(isRight ? `  ${paint(32, '✓')} ${step}` : `  ${paint(31, '✗')} ${step}\n      expected  ${show(expected)}\n      actual    ${show(actual)}`)
      if (!isRight) throw new StepFault()
    },

    /** Whether a person can be asked for a key. */
    hasKeyboard: stdin.isTTY && stdout.isTTY,
    /** Listens for single keys until the returned function is called, which gives the terminal back as it was. */
    listenForKeys (onKey: (key: string) => void, onInterrupt: () => void): () => void {
      const read = (chunk: Buffer) => {
        for (const key of chunk.toString()) key === CTRL_C ? onInterrupt() : onKey(key)
      }
      stdin.setRawMode(true)
      stdin.on('data', read)
      stdin.resume()
      return () => {
        stdin.off('data', read)
        stdin.setRawMode(false)
        stdin.pause()
      }
    }
  }
}

function show (value: unknown): string {
  return value instanceof RegExp ? `a text with "${value.source}"` : JSON.stringify(value) ?? 'nothing'
}

function wrap (text: string): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? ''
    if (last !== '' && last.length + word.length >= LINE_WIDTH) lines.push(word)
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`
  }
  return lines
}
