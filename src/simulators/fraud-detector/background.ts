/** Work that goes on after its request was answered: trainings, activations, deletions. */
export interface Background {
  start: (work: () => Promise<void>) => void
  /** Resolves once nothing goes on any more. */
  settled: () => Promise<void>
}

/** @param onError told of work that failed */
export function createBackground (onError: (error: unknown) => void): Background {
  const works = new Set<Promise<void>>()
  return {
    start (work) {
      const running = work().catch(onError).then(() => { works.delete(running) })
      works.add(running)
    },
    async settled () {
      while (works.size > 0) await Promise.all(works)
    }
  }
}
