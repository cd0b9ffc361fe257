/** A question of the parent's: what is asked, and what belongs to it. */
type Question = { id: number, ask: string } & Record<string, any>
type Answers = Record<string, (question: Question) => object | Promise<object>>

const known: Answers = {}
/** Asked before this process was so far. */
let early: Question[] = []
let isListening = false

/**
 * Answers what the parent process asks by name. This process ends with the parent.
 * @param keepsAlive whether it stays only to be asked
 */
export function answerParent (answers: Answers, { keepsAlive }: { keepsAlive: boolean }): void {
  Object.assign(known, answers)
  if (!isListening) {
    isListening = true
    process.on('message', (question: Question) => { answer(question) })
    process.on('disconnect', () => { process.kill(process.pid, 'SIGKILL') })
  }
  if (keepsAlive) process.channel?.ref()
  else process.channel?.unref()
  const waiting = early
  early = []
  waiting.forEach(answer)
}

function answer (question: Question): void {
  const find = known[question.ask]
  if (find === undefined) {
    early.push(question)
    return
  }
  Promise.resolve().then(async () => await find(question)).then(
    (fields) => { process.send?.({ id: question.id, ...fields }) },
    (error: unknown) => { process.send?.({ id: question.id, failure: error instanceof Error ? error.message : String(error) }) }
  )
}
