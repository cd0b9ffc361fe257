import { dirname } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { type CardModel, loadCardModel } from '../../model/card-model.ts'
import { findModelCard } from '../../model/model-folder.ts'
import type { Log, Metrics, ModelRole } from '../../ports.ts'

export interface ReloadableModelOptions {
  role: ModelRole
  /** A model's card, its folder, or a directory of models. */
  path: string
  metrics: Pick<Metrics, 'modelRuns' | 'modelReloaded'>
  log: Log
}

/** A model that can be exchanged while it is in use. */
export interface ReloadableModel {
  /** The model of this moment; not to be kept over an `await`, since a reload unloads it. */
  current: () => CardModel
  /** Looks at the path anew and loads what it names. What cannot be used is refused, and the model before goes on. Never rejects. */
  reload: () => Promise<void>
  /** Reloads when the directory of models names another one than the one that runs; does nothing when the path names one model. Never rejects. */
  look: () => Promise<void>
}

/** Loads a model that can be exchanged. @throws Error when the first one cannot be used */
export async function loadReloadableModel ({ role, path, metrics, log }: ReloadableModelOptions): Promise<ReloadableModel> {
  let running = await load()
  const isDirectoryOfModels = running.cardPath !== path && dirname(running.cardPath) !== path
  let queue = Promise.resolve()
  let isQueued = false
  /** What was last told; what fails again and again at a look is told once. */
  let toldFault: string | undefined
  tell('model loaded')

  async function load (): Promise<{ cardPath: string, model: CardModel }> {
    const cardPath = await findModelCard(path)
    return { cardPath, model: await loadCardModel(cardPath) }
  }

  function tell (message: string): void {
    const { name, version, artefact } = running.model.card
    metrics.modelRuns(role, name, version)
    log.info({ role, model: name, version, sha256: artefact.sha256 }, message)
  }

  async function exchange (isAsked: boolean): Promise<void> {
    const former = running
    try {
      const loaded = await load()
      toldFault = undefined
      const isSame = isDeepStrictEqual(loaded.model.card, former.model.card)
      // A score is synchronous: nobody is within the former one now.
      running = isSame ? { ...former, cardPath: loaded.cardPath } : loaded
      ;(isSame ? loaded : former).model.unload()
      metrics.modelReloaded(role, isSame ? 'unchanged' : 'loaded')
      tell(isSame ? 'model unchanged' : 'model loaded')
    } catch (error) {
      metrics.modelReloaded(role, 'refused')
      const fault = error instanceof Error ? error.message : String(error)
      const { name, version } = former.model.card
      if (isAsked || fault !== toldFault) log.error({ err: error, role, model: name, version }, 'model refused, the one before goes on')
      toldFault = fault
    }
  }

  /** One at a time; what is asked for while another one waits already is that one. */
  async function enqueue (isAsked: boolean): Promise<void> {
    if (!isQueued) {
      isQueued = true
      queue = queue.then(async () => {
        isQueued = false
        await exchange(isAsked)
      })
    }
    await queue
  }

  return {
    current: () => running.model,
    async reload () { await enqueue(true) },
    async look () {
      if (!isDirectoryOfModels) return
      const cardPath = await findModelCard(path).catch(() => undefined)
      if (cardPath === running.cardPath) toldFault = undefined
      else await enqueue(false)
    }
  }
}
