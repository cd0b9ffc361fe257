import { resolve } from 'node:path'
import type { FraudDetectorClient } from '@aws-sdk/client-frauddetector'
import type { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime'
import { createFraudDetectorClient, createSageMakerRuntimeClient, createScorerSender, type StandIn } from '../adapters/aws/clients.ts'
import { createEmbeddedScorer } from '../adapters/scorers/embedded-scorer.ts'
import { createFraudDetectorFeedback } from '../adapters/scorers/frauddetector-feedback.ts'
import { createFraudDetectorScorer } from '../adapters/scorers/frauddetector-scorer.ts'
import { loadReloadableModel, type ReloadableModel } from '../adapters/scorers/reloadable-model.ts'
import { createSageMakerScorer } from '../adapters/scorers/sagemaker-scorer.ts'
import { createGuardedScorer } from '../adapters/scorers/scorer-guard.ts'
import { createShadowScorer } from '../adapters/scorers/shadow-scorer.ts'
import type { Config } from '../config.ts'
import type { AnswerFeedback, GuardedScorer, Log, Metrics, ModelRole, NowMs, Scorer, ScorerName, ShadowScorer } from '../ports.ts'
import { requireCredentials, requireRegion } from './aws-settings.ts'

/** Nobody waits for it but the dialer, and the dialer has others to serve. */
const FEEDBACK_TIMEOUT_MS = 2_000

/** As the SDK's settings name it. */
export type ScorerService = 'FRAUDDETECTOR' | 'SAGEMAKER_RUNTIME'

/** What scorers are made of beside the settings. */
export interface ScorerWiring {
  /** What paths of models are relative to. */
  root: string
  /** The stand-in for a service of AWS, where there is one. */
  standIn: (service: ScorerService) => StandIn | undefined
  /** Takes the models that were loaded. */
  models: ReloadableModel[]
  metrics: Metrics
  log: Log
  nowMs: NowMs
}

/** All that has a say in a transaction's score. */
export interface WiredScorers {
  /** In the order in which they are asked. */
  scorers: GuardedScorer[]
  shadow: ShadowScorer | undefined
  /** Ends their connections. */
  destroy: () => void
}

/**
 * The scorer that is configured, then what stands by for it, each behind its guard; and the model that is tried beside them. The embedded model is
 * loaded only when it is one of them.
 * @throws Error that names the setting at fault
 */
export async function createScorers ({ scorer, modelPath, shadowModelPath, awsClient }: Config, { root, standIn, models, metrics, log, nowMs }: ScorerWiring): Promise<WiredScorers> {
  const loadModel = async (role: ModelRole, path: string): Promise<ReloadableModel> => {
    const model = await loadReloadableModel({ role, path: resolve(root, path), metrics, log })
    models.push(model)
    return model
  }
  const clients: Array<FraudDetectorClient | SageMakerRuntimeClient> = []
  const senders: Array<{ destroy: () => void }> = []
  const { timeoutMs, fraudDetector, sageMaker } = scorer
  const loadShadow = async (path: string): Promise<ReloadableModel> => await loadModel('shadow', path).catch((error: unknown) => {
    throw new Error(`RINGFENCE_SHADOW_MODEL: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  })
  const create: Record<ScorerName, () => Scorer | Promise<Scorer>> = {
    embedded: async () => createEmbeddedScorer(await loadModel('scorer', modelPath), { metrics, log, nowMs }),
    frauddetector () {
      const client = createFraudDetectorClient(timeoutMs, standIn('FRAUDDETECTOR'))
      const sender = createScorerSender(client, timeoutMs, awsClient)
      clients.push(client)
      senders.push(sender)
      return createFraudDetectorScorer({ client: sender, ...fraudDetector, log })
    },
    sagemaker () {
      const client = createSageMakerRuntimeClient(timeoutMs, standIn('SAGEMAKER_RUNTIME'))
      clients.push(client)
      senders.push(client)
      return createSageMakerScorer({ client, ...sageMaker })
    }
  }
  const names = scorer.fallback === 'embedded' ? [scorer.name, scorer.fallback] : [scorer.name]
  const created = await Promise.all(names.map(async (name) => await create[name]()))
  const shadow = shadowModelPath === undefined ? undefined : createShadowScorer(await loadShadow(shadowModelPath), metrics)
  for (const client of clients) {
    await requireRegion(client)
    await requireCredentials(client)
  }
  return {
    shadow,
    scorers: created.map((one) => createGuardedScorer({ scorer: one, timeoutMs, breaker: scorer.breaker, metrics, log, nowMs })),
    destroy () { for (const sender of senders) sender.destroy() }
  }
}

/** Only Fraud Detector learns from answers, and only when it is told to. */
export function createFeedback ({ scorer: { name, fraudDetector: { eventType, feedbackLabels } } }: Config, { standIn, nowMs }: Pick<ScorerWiring, 'standIn' | 'nowMs'>): AnswerFeedback | undefined {
  if (name !== 'frauddetector' || feedbackLabels === undefined) return undefined
  const client = createFraudDetectorClient(FEEDBACK_TIMEOUT_MS, standIn('FRAUDDETECTOR'))
  return createFraudDetectorFeedback({ client, eventTypeName: eventType, labels: feedbackLabels, timeoutMs: FEEDBACK_TIMEOUT_MS, nowMs })
}
